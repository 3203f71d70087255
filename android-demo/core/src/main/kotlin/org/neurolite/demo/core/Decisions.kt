package org.neurolite.demo.core

/** What logits come to. */
internal class Decision(val best: List<Scored>, val inScope: Double?, val abstained: Boolean?)

/** By the task of the model. */
internal fun decided(outputs: Outputs, metadata: Metadata, top: Int, threshold: Double?): Decision =
    when (metadata.task) {
        Metadata.CLASSIFICATION ->
            oneLabel(outputs.logits, metadata.labels, top, threshold, metadata.rules.isNotEmpty())
        Metadata.MULTI_LABEL -> severalLabels(outputs.logits, metadata.labels, threshold ?: SEVERAL_THRESHOLD)
        else -> Decision(emptyList(), null, null)
    }

internal fun oneLabel(
    logits: FloatArray,
    labels: List<String>,
    top: Int,
    threshold: Double?,
    rules: Boolean,
): Decision {
    val scores = softmax(logits)
    val scope = inScope(logits)
    // Rules that refuse a text do so whatever the threshold.
    val refused = rules && logits.max() < NO_ANSWER
    val abstained = if (refused) true else threshold?.let { scope < it }
    return Decision(order(scores).take(top).map { Scored(labels[it], scores[it]) }, scope, abstained)
}

internal fun severalLabels(logits: FloatArray, labels: List<String>, threshold: Double): Decision {
    val scores = DoubleArray(logits.size) { sigmoid(logits[it].toDouble()) }
    val given = order(scores).filter { scores[it] >= threshold }
    return Decision(given.map { Scored(labels[it], scores[it]) }, null, null)
}

private const val SEVERAL_THRESHOLD = 0.5
