package org.neurolite.demo.core

import kotlin.math.exp

/** Probabilities of logits; float64, as everywhere. */
internal fun softmax(logits: FloatArray): DoubleArray = softmax(DoubleArray(logits.size) { logits[it].toDouble() })

internal fun softmax(values: DoubleArray): DoubleArray {
    val highest = values.maxOrNull() ?: return values
    val powers = DoubleArray(values.size) { exp(values[it] - highest) }
    val total = powers.sum()
    return DoubleArray(values.size) { powers[it] / total }
}

/** How surely a text has any label: the softmax probability that is not that of one more class, whose logit is 0. */
internal fun inScope(logits: FloatArray): Double {
    val highest = maxOf(logits.max().toDouble(), 0.0)
    val known = logits.sumOf { exp(it - highest) }
    return known / (known + exp(-highest))
}

/** Places by falling value; of equals the earlier first. */
internal fun order(values: DoubleArray): List<Int> = values.indices.sortedByDescending { values[it] }

/** The place of the highest value; of equals the first. */
internal fun best(values: DoubleArray): Int {
    var found = 0
    for (at in values.indices) if (values[at] > values[found]) found = at
    return found
}

/** No text whose highest logit is below this has an answer, in files with rules. */
internal const val NO_ANSWER: Float = -50f
