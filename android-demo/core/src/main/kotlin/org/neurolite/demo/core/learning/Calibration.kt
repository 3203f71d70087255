package org.neurolite.demo.core.learning

import java.math.BigDecimal
import java.math.RoundingMode
import kotlin.math.abs
import kotlin.math.exp
import kotlin.math.ln
import kotlin.math.ln1p
import kotlin.math.sqrt
import org.neurolite.demo.core.SMALLEST
import org.neurolite.demo.core.Similarity
import org.neurolite.demo.core.sigmoid
import org.neurolite.demo.core.steadied

/**
 * What cosines mean, measured on a store's own examples: each is left out in turn, and asked once as a text that has
 * its label and once, without that label, as one that has none. Step 7 of "The same on every platform" in
 * docs/learning.md; null where there are too few.
 */
internal fun measured(memory: Memory): Similarity? {
    val table = memory.table()
    val counts = table.groups.map { it.size }
    if (table.labels.size < 2 || counts.filter { it > 1 }.sum() < FEWEST_ROWS) return null
    val groups = Groups(memory, table)
    val agreement = groups.agreement()
    if (agreement <= LEAST_STEP || agreement > 1) return null
    val asked = groups.asked(agreement)
    val inside = asked.mapNotNull { it.best }
    val outside = asked.map { it.outside }
    if (inside.average() - outside.average() <= LEAST_DIFFERENCE) return null
    val (scale, offset) = platt(inside, outside)
    if (scale <= LEAST_STEP || scale > Similarity.SHARPEST || abs(offset) > Similarity.SHARPEST) return null
    val border = minOf(border(inside, outside), quantile(inside, 1 - COVERAGE))
    val sharpness = sharpness(asked.filter { it.best != null })
    return Similarity(
        memory.header.dimension, rounded(agreement), rounded(scale), rounded(offset), rounded(sharpness),
        minOf(rounded(sigmoid(scale * border + offset)), 1 - LEAST_DIFFERENCE),
    ).takeIf { it.canBe() }
}

/**
 * A left-out text: [best] steadied cosine with all labels (null where its group has no other), [outside] that with
 * other labels alone, [own] its own group's, [all] of every group.
 */
private class Asked(val best: Double?, val outside: Double, val own: Double, val all: DoubleArray)

private class Groups(private val memory: Memory, private val table: Table) {
    private val vectors = HashMap<Int, DoubleArray>()
    private val sums = table.groups.map { rows -> sum(rows.map(::vector)) }
    private val means = sums.map(::unit)

    private fun vector(place: Int): DoubleArray =
        vectors.getOrPut(place) {
            val short = org.neurolite.demo.core.cut(memory.rowAt(place).vector, memory.header.dimension)
            doubles(short)
        }

    /** Mean cosine over all pairs of texts of one group. */
    fun agreement(): Double {
        val pairs = table.groups.sumOf { it.size.toDouble() * (it.size - 1) }
        return (sums.sumOf { dot(it, it) } - table.groups.sumOf { it.size }) / pairs
    }

    fun asked(agreement: Double): List<Asked> {
        val groupOf = table.groups.flatMapIndexed { at, rows -> rows.map { it to at } }.toMap()
        val places = groupOf.keys.sorted()
        val step = maxOf(1, (places.size + MOST_ROWS - 1) / MOST_ROWS)
        return places.indices.step(step).map { asked(places[it], groupOf.getValue(places[it]), agreement) }
    }

    private fun asked(place: Int, group: Int, agreement: Double): Asked {
        val vector = vector(place)
        val all = DoubleArray(means.size) {
            steadied(dot(vector, means[it]), table.groups[it].size.toDouble(), agreement)
        }
        val rest = DoubleArray(vector.size) { sums[group][it] - vector[it] }
        val others = table.groups[group].size - 1
        val cosine = dot(vector, rest) / maxOf(sqrt(dot(rest, rest)), SMALLEST)
        val own = steadied(cosine, others.toDouble(), agreement)
        all[group] = if (others > 0) own else Double.NEGATIVE_INFINITY
        val outside = all.indices.filter { table.owners[it] != table.owners[group] }.maxOf { all[it] }
        return Asked(if (others > 0) all.max() else null, outside, own, all)
    }
}

/** Scale and offset (Platt 1999) by Newton's method; both groups weigh the same. */
private fun platt(inside: List<Double>, outside: List<Double>): Pair<Double, Double> {
    val x = inside + outside
    val (high, low) = (inside.size + 1.0) / (inside.size + 2.0) to 1.0 / (outside.size + 2.0)
    fun target(at: Int) = if (at < inside.size) high else low
    fun weight(at: Int) = 0.5 / (if (at < inside.size) inside.size else outside.size)
    fun loss(scale: Double, offset: Double) =
        x.indices.sumOf { at ->
            val z = scale * x[at] + offset
            weight(at) * (maxOf(z, 0.0) + ln1p(exp(-abs(z))) - target(at) * z)
        }
    var (scale, offset) = 0.0 to 0.0
    var loss = loss(scale, offset)
    repeat(STEPS) {
        var (g0, g1) = 0.0 to 0.0
        var (aa, ab, bb) = Triple(DAMPING, 0.0, DAMPING)
        for (at in x.indices) {
            val p = sigmoid(scale * x[at] + offset)
            val slope = weight(at) * (p - target(at))
            val curve = weight(at) * p * (1 - p)
            g0 += slope * x[at]
            g1 += slope
            aa += curve * x[at] * x[at]
            ab += curve * x[at]
            bb += curve
        }
        val determinant = aa * bb - ab * ab
        val step0 = (bb * g0 - ab * g1) / determinant
        val step1 = (aa * g1 - ab * g0) / determinant
        var share = 1.0
        var new = loss(scale - step0, offset - step1)
        while (new > loss && share > LEAST_STEP) {
            share /= 2
            new = loss(scale - share * step0, offset - share * step1)
        }
        scale -= share * step0
        offset -= share * step1
        loss = new
        if (maxOf(abs(share * step0), abs(share * step1)) < LEAST_STEP) return scale to offset
    }
    return scale to offset
}

/** The cosine between two that occur with the best mean of insiders kept and outsiders refused. */
private fun border(inside: List<Double>, outside: List<Double>): Double {
    val values = (inside + outside).distinct().sorted()
    val best = highest(values.size) { at ->
        val kept = 1 - inside.count { it < values[at] } / inside.size.toDouble()
        kept + outside.count { it < values[at] } / outside.size.toDouble()
    }
    return if (best > 0) (values[best - 1] + values[best]) / 2 else values[0]
}

/** By linear interpolation. */
private fun quantile(values: List<Double>, share: Double): Double {
    val sorted = values.sorted()
    val place = share * (sorted.size - 1)
    val low = place.toInt()
    val next = minOf(low + 1, sorted.lastIndex)
    return sorted[low] + (place - low) * (sorted[next] - sorted[low])
}

/** The factor whose softmax gives the true labels the highest likelihood, by golden section on its logarithm. */
private fun sharpness(asked: List<Asked>): Double {
    fun loss(power: Double): Double {
        val factor = exp(power)
        return asked.sumOf { text ->
            val top = factor * text.all.max()
            ln(text.all.sumOf { exp(factor * it - top) }) + top - factor * text.own
        } / asked.size
    }
    var low = 0.0
    var high = ln(MOST_SHARP)
    val ratio = (sqrt(5.0) - 1) / 2
    while (high - low > NEAR) {
        val left = high - ratio * (high - low)
        val right = low + ratio * (high - low)
        if (loss(left) <= loss(right)) high = right else low = left
    }
    return exp((low + high) / 2)
}

private fun rounded(value: Double): Double = BigDecimal(value).setScale(DIGITS, RoundingMode.HALF_EVEN).toDouble()

private const val FEWEST_ROWS = 10
private const val MOST_ROWS = 1_000
private const val COVERAGE = 0.9
private const val STEPS = 100
private const val LEAST_STEP = 1e-10
private const val LEAST_DIFFERENCE = 1e-6
private const val DAMPING = 1e-9
private const val MOST_SHARP = 1e3
private const val NEAR = 1e-4
private const val DIGITS = 6
