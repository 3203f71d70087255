package org.neurolite.demo.core

/** The spans of a text, in its chars and its bytes. */
internal fun spansOf(outputs: Outputs, text: String, facts: SpanFacts): List<Span> {
    val types = facts.types.size
    val width = 1 + 2 * types
    val read = minOf(outputs.words, outputs.tags.size / width)
    val tags = outputs.tags.copyOf(read * width)
    val found = decodedSpans(tags, types)
        .map { it to spanScore(tags, types, it) }
        .filter { (span, score) -> score >= facts.thresholds[span.type] }
    if (found.isEmpty()) return emptyList()
    val places = CharPlaces(text)
    return found.map { (span, score) ->
        val first = outputs.offsets[2 * span.first]
        val behind = outputs.offsets[2 * span.behind - 1]
        val start = places.startOf(first)
        val end = places.endOf(behind)
        Span(facts.types[span.type], start, end, first, behind, text.substring(start, end), score)
    }
}

/** From bytes of a string's UTF-8 to its chars; a character of two chars is never cut. */
private class CharPlaces(text: String) {
    private val bytes = IntArray(text.length + 1)
    private val chars = IntArray(text.length + 1)
    private val count: Int

    init {
        var at = 0
        var place = 0
        var size = 0
        while (at < text.length) {
            bytes[place] = size
            chars[place++] = at
            val code = text.codePointAt(at)
            size += 1 + moreBytes(code)
            at += Character.charCount(code)
        }
        bytes[place] = size
        chars[place++] = at
        count = place
    }

    /** The char that a byte is of. */
    fun startOf(byte: Int): Int {
        val found = bytes.binarySearch(byte, 0, count)
        return chars[if (found >= 0) found else maxOf(0, -2 - found)]
    }

    /** The char behind all bytes before this one. */
    fun endOf(byte: Int): Int {
        val found = bytes.binarySearch(byte, 0, count)
        return chars[minOf(if (found >= 0) found else -1 - found, count - 1)]
    }
}
