package org.neurolite.demo.core

import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Test

class TextsTest {
    private val vectors = Vectors.read("apps/texts.json")

    @Test
    fun stringsAreTheSameBytes() {
        val rows = vectors.items("texts")
        assertEquals(true, rows.size > 20)
        for (row in rows) {
            assertEquals(row.text("name"), row.text("bytes"), hexOf(utf8(stringOf(row.text("utf16")))))
        }
    }

    @Test
    fun theTableOfClassesIsThePackages() {
        val runs = (vectors["classes"] as List<*>).map { row -> (row as List<*>).map { (it as Long).toInt() } }
        for ((at, run) in runs.withIndex()) {
            val (first, kind) = run
            val last = if (at < runs.lastIndex) runs[at + 1][0] - 1 else 0x1FFFFF
            assertEquals("%x".format(first), kind, CharacterClasses.of(first))
            assertEquals("%x".format(last), kind, CharacterClasses.of(last))
        }
    }

    @Test
    fun textsAreCutAtWordBorders() {
        for (row in vectors.items("cuts")) {
            val text = bytesOf(row.text("bytes"))
            val found = TextCutter.cut(text, row.int("max_bytes"))
            val name = "${row.text("name")} at ${row.int("max_bytes")}"
            assertArrayEquals(name, text.copyOf(row.int("cut")), found.bytes)
            assertEquals(name, row["truncated"], found.lost)
        }
    }

    @Test
    fun theRightBucketsAreRun() {
        val all = (vectors["buckets"] as Map<*, *>).mapValues { (_, rows) ->
            (rows as List<*>).map { row -> (row as List<*>).map { (it as Long).toInt() }.let { Bucket(it[0], it[1]) } }
        }
        for (row in vectors.items("runs")) {
            val buckets = all.getValue(row.text("model"))
            val first = firstBucket(buckets, row.int("bytes"))
            assertEquals("$row", row.int("first"), first)
            assertEquals("$row", row.int("last"), nextBucket(buckets, first, row.int("words")))
        }
    }

    @Test
    fun aTextWhoseWordsDoNotFitIsRunAgain() {
        val buckets = listOf(Bucket(8, 2), Bucket(16, 4))
        val sizes = ArrayList<Int>()
        val found = runInBuckets(buckets, "a b c\u0000\u0000\u0000\u0000\u0000".toByteArray()) { place, bytes ->
            sizes += bytes.size
            Outputs(words = 3, logits = floatArrayOf(place.toFloat()))
        }
        assertEquals(listOf(8, 16), sizes)
        assertEquals(1f, found.logits[0])
    }
}
