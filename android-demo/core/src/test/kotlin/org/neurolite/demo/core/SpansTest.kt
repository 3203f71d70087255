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
        for (row in Vectors.read("spans.json").items("cases")) {
            val rows = (row["tags"] as List<*>).map { it as List<*> }
            val types = (rows[0].size - 1) / 2
            val tags = rows.flatten().map { (it as Number).toFloat() }.toFloatArray()
            val found = decodedSpans(tags, types).map { listOf(it.first, it.behind, it.type) }
            val wanted = (row["spans"] as List<*>).map { span -> (span as List<*>).take(3).map { (it as Number).toInt() } }
            assertEquals("$row", wanted, found)
        }
    }
}
