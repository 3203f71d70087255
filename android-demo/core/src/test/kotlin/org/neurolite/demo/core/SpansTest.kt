package org.neurolite.demo.core

import org.junit.Assert.assertEquals
import org.junit.Test

class SpansTest {
    @Test
    fun tagsBecomeSpansInCharsAndBytes() {
        val vectors = Vectors.read("apps/spans.json")
        val facts = SpanFacts(vectors.texts("types"), vectors.doubles("thresholds"))
        val tolerance = vectors.double("tolerance")!!
        for (row in vectors.items("cases")) {
            val tags = (row["tags"] as List<*>).flatMap { word -> (word as List<*>).map { (it as Number).toFloat() } }
            val offsets = (row["offsets"] as List<*>).flatMap { word -> (word as List<*>).map { (it as Long).toInt() } }
            val outputs = Outputs(
                words = row.int("words"), tags = tags.toFloatArray(), offsets = offsets.toIntArray(),
            )
            val found = spansOf(outputs, stringOf(row.text("utf16")), facts)
            val wanted = row.items("spans")
            val name = row.text("name")
            assertEquals(name, wanted.map { it.text("type") }, found.map { it.type })
            wanted.zip(found) { want, got ->
                val places = listOf("start_utf16", "end_utf16", "start_byte", "end_byte").map(want::int)
                assertEquals(name, places, listOf(got.start, got.end, got.startByte, got.endByte))
                assertEquals(name, stringOf(want.text("text_utf16")), got.text)
                assertEquals(name, want.double("score")!!, got.score, tolerance)
            }
        }
    }

    @Test
    fun tagsThatCannotStandTogetherDoNot() {
        val vectors = Vectors.read("spans.json")
        val types = vectors.texts("types").size
        for (row in vectors.items("decoding")) {
            val tags = (row["tags"] as List<*>).flatMap { word -> (word as List<*>).map { (it as Number).toFloat() } }
            val limits = if (row["thresholds"] == null) List(types) { 0.0 } else row.doubles("thresholds")
            val own = tags.toFloatArray()
            val found = decodedSpans(own, types)
                .map { it to spanScore(own, types, it) }
                .filter { (span, score) -> score >= limits[span.type] }
            val wanted = row.items("spans")
            val name = row.text("name")
            val places = wanted.map { WordSpan(it.int("first"), it.int("behind"), it.int("type")) }
            assertEquals(name, places, found.map { it.first })
            wanted.zip(found) { want, got -> assertEquals(name, want.double("score")!!, got.second, 1e-9) }
        }
    }
}
