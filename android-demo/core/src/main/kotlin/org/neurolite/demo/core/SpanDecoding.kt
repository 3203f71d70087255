package org.neurolite.demo.core

/** Words `first` until `behind` of a type. */
internal data class WordSpan(val first: Int, val behind: Int, val type: Int)

/**
 * The best tags that can stand together, as spans: of all sequences in which I of a type follows only B or I of it, the
 * one whose logits have the greatest sum (Viterbi 1967); docs/spans.md.
 *
 * @param tags L rows of logits: O, then B and I of each type.
 */
internal fun decodedSpans(tags: FloatArray, types: Int): List<WordSpan> {
    val width = 1 + 2 * types
    val length = tags.size / width
    val best = IntArray(length)
    val starts = IntArray(length)
    var sums = DoubleArray(width)
    val begun = IntArray(types)
    for (word in 0 until length) {
        val above = if (word > 0) sums[best[word - 1]] else 0.0
        val before = DoubleArray(width) { above }
        for (type in 0 until types) {
            val (begins, goesOn) = sums[1 + 2 * type] to sums[2 + 2 * type]
            val keeps = goesOn > begins
            before[2 + 2 * type] = if (word == 0) Double.NEGATIVE_INFINITY else if (keeps) goesOn else begins
            if (!keeps) begun[type] = word - 1
        }
        sums = DoubleArray(width) { before[it] + finite(tags[word * width + it]) }
        best[word] = best(sums)
        val inside = best[word] > 0 && best[word] % 2 == 0
        starts[word] = if (inside) begun[best[word] / 2 - 1] else word
    }
    return backwards(best, starts)
}

private fun backwards(best: IntArray, starts: IntArray): List<WordSpan> {
    val found = ArrayList<WordSpan>()
    var word = best.lastIndex
    while (word >= 0) {
        if (best[word] > 0) {
            found += WordSpan(starts[word], word + 1, (best[word] - 1) / 2)
            word = starts[word]
        }
        word--
    }
    return found.asReversed()
}

/** The smallest probability of a span's tags. */
internal fun spanScore(tags: FloatArray, types: Int, span: WordSpan): Double {
    val width = 1 + 2 * types
    return (span.first until span.behind).minOf { word ->
        val chances = softmax(DoubleArray(width) { finite(tags[word * width + it]) })
        chances[1 + 2 * span.type + (if (word > span.first) 1 else 0)]
    }
}

/** What no graph gives, but a file from outside may. */
private fun finite(value: Float): Double =
    if (value.isNaN()) -Float.MAX_VALUE.toDouble() else value.coerceIn(-Float.MAX_VALUE, Float.MAX_VALUE).toDouble()
