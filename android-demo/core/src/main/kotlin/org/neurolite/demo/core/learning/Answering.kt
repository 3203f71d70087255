package org.neurolite.demo.core.learning

import org.neurolite.demo.core.Similarity
import org.neurolite.demo.core.best
import org.neurolite.demo.core.inScope
import org.neurolite.demo.core.softmax
import org.neurolite.demo.core.steadied

/**
 * A stored example near a text.
 *
 * @property text null in a store without texts.
 */
public data class Evidence(
    val id: Int,
    val label: String,
    val text: String?,
    val cosine: Double,
    val strength: Double,
)

/** What one side alone says: the examples that were taught, or the model's own labels. */
public data class Side(val label: String, val score: Double?, val inScope: Double?)

/**
 * An answer of what was taught, beside a model's own labels where it has any.
 *
 * @property score the label's probability; null where nothing says how sure to be.
 * @property inScope how likely the text has any of the labels; null likewise.
 * @property abstained better not to act on the label; null where nothing tells.
 * @property source `learned` or `trained`: which side gave more.
 * @property evidence the stored examples nearest to the text, the nearest first.
 */
public data class Learned(
    val label: String,
    val score: Double?,
    val inScope: Double?,
    val abstained: Boolean?,
    val source: String,
    val learned: Side?,
    val trained: Side?,
    val evidence: List<Evidence>,
) {
    public companion object {
        public const val LEARNED: String = "learned"
        public const val TRAINED: String = "trained"
    }
}

/** What stored examples say: labels by name, their steadied cosines, and probabilities where cosines mean something. */
internal class Taught(
    val labels: List<String>,
    val near: DoubleArray,
    val probabilities: DoubleArray?,
    val inScope: Double?,
) {
    fun side(): Side = best(near).let { Side(labels[it], probabilities?.get(it), inScope) }
}

internal fun taught(memory: Memory, vector: FloatArray, similarity: Similarity?): Taught {
    val table = memory.table()
    val near = DoubleArray(table.labels.size) { Double.NEGATIVE_INFINITY }
    table.units.forEachIndexed { at, unit ->
        val cosine = dot(unit, vector).toFloat().toDouble()
        val steady = steadied(cosine, table.counts[at], similarity?.agreement ?: 1.0)
        near[table.owners[at]] = maxOf(near[table.owners[at]], steady)
    }
    val probabilities = similarity?.let { known -> softmax(DoubleArray(near.size) { known.sharpness * near[it] }) }
    val names = table.labels.map { memory.names.getValue(it) }
    return Taught(names, near, probabilities, similarity?.inScope(near.max()))
}

/** The model's own labels beside what was taught. */
internal class Trained(val labels: List<String>, val logits: FloatArray, val threshold: Double?) {
    val probabilities: DoubleArray = softmax(logits)
    val scope: Double = inScope(logits)

    fun side(): Side = best(probabilities).let { Side(labels[it], probabilities[it], scope) }
}

/**
 * One answer of one side or two; at least one is there.
 *
 * With g, how likely the text belongs to what was taught: P(label) = g * P_taught(label) + (1 - g) * P_trained(label).
 *
 * @param threshold of what was taught; null where nobody knows what cosines mean.
 * @param known the label of a stored example that is exactly this text.
 */
internal fun answered(
    taught: Taught?,
    trained: Trained?,
    threshold: Double?,
    known: String?,
    evidence: List<Evidence>,
): Learned {
    val (left, right) = taught?.side() to trained?.side()
    if (trained == null || right == null) {
        val side = checkNotNull(left) { "Neither side is there." }
        val refused = refuses(side.inScope, threshold)
        return Learned(side.label, side.score, side.inScope, refused, Learned.LEARNED, left, null, evidence)
    }
    if (taught == null) {
        val refused = refuses(trained.scope, trained.threshold)
        return Learned(
            right.label, right.score, right.inScope, refused, Learned.TRAINED, null, right, evidence,
        )
    }
    return mixed(taught, trained, threshold, known, evidence)
}

private fun mixed(
    taught: Taught,
    trained: Trained,
    threshold: Double?,
    known: String?,
    evidence: List<Evidence>,
): Learned {
    val (gate, own) = gate(taught, known)
    val ours = LinkedHashMap<String, Double>()
    val theirs = LinkedHashMap<String, Double>()
    own.forEach { (name, share) -> ours[name] = gate * share }
    trained.labels.forEachIndexed { at, name -> theirs[name] = (1 - gate) * trained.probabilities[at] }
    val names = (ours.keys + theirs.keys).toList()
    val label = names[best(DoubleArray(names.size) { (ours[names[it]] ?: 0.0) + (theirs[names[it]] ?: 0.0) })]
    val (mine, yours) = (ours[label] ?: 0.0) to (theirs[label] ?: 0.0)
    val taughtRefuses = if (known == null && threshold == null) null else refuses(gate, threshold ?: 0.0)
    return Learned(
        label = label,
        score = mine + yours,
        inScope = gate + (1 - gate) * trained.scope,
        abstained = both(taughtRefuses, refuses(trained.scope, trained.threshold)),
        source = if (mine > yours) Learned.LEARNED else Learned.TRAINED,
        learned = taught.side(),
        trained = trained.side(),
        evidence = evidence,
    )
}

/** Where nobody knows what cosines mean, only a stored text itself is surely one that was taught. */
private fun gate(taught: Taught, known: String?): Pair<Double, Map<String, Double>> {
    val (scope, probabilities) = taught.inScope to taught.probabilities
    if (scope != null && probabilities != null) {
        return scope to taught.labels.indices.associate { taught.labels[it] to probabilities[it] }
    }
    return if (known == null) 0.0 to emptyMap() else 1.0 to mapOf(known to 1.0)
}

private fun refuses(score: Double?, threshold: Double?): Boolean? =
    if (score == null || threshold == null) null else score < threshold

/** Refused only by both; not refused by one that accepts; else unknown. */
private fun both(first: Boolean?, second: Boolean?): Boolean? =
    if (first == false || second == false) false else if (first == true && second == true) true else null
