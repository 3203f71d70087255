package org.neurolite.demo.core

import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test

class GeneratorTest {
    private val vectors = Vectors.read("apps/generation.json")
    private val labels = NO_WORDS + vectors.texts("words")
    private val tolerance = vectors.double("tolerance")!!

    private fun described(limits: List<Int>, vararg changes: Pair<String, Any?>): Metadata = metadataOf(
        "task" to "generation", "labels" to labels, "outputs" to listOf("logits"), "max_words" to limits[0],
        "max_bytes" to limits[1], *changes,
    )

    /** Answers as a case has it, and nothing else. */
    private inner class Table(row: Map<*, *>) : Model {
        override val metadata = described(row.doubles("limits").map { it.toInt() })
        private val known = row.items("answers").associate { it.text("read") to it.logits("logits") }

        override fun run(text: ByteArray, state: State?): Outputs {
            val own = checkNotNull(known[hexOf(text)]) { "asked about ${hexOf(text)}" }
            val found = FloatArray(labels.size) { vectors.double("others")!!.toFloat() }
            found[1] = own[0]
            own.copyInto(found, NO_WORDS.size, 1)
            return Outputs(words = 1, logits = found)
        }

        override fun close() = Unit
    }

    @Test
    fun wordsAreOfferedAsPythonOffersThem() {
        val rows = vectors.items("offered")
        assertTrue(rows.size > 30)
        for (row in rows) {
            val text = bytesOf(row.text("text"))
            val calls = mapOf<String, Generator.(ByteArray, Int) -> List<Suggestion>>(
                "suggest" to { own, count -> suggest(own, count) },
                "complete" to { own, count -> complete(own, count) },
                "offer" to { own, count -> offer(own, count) },
            )
            for ((what, call) in calls) {
                val found = Generator(Table(row), "table").call(text, 3)
                val wanted = (row[what] as List<*>).map { it as List<*> }
                val name = "${row.text("name")}, $what"
                assertEquals(name, wanted.map { it[0] }, found.map { hexOf(utf8(it.text)) })
                assertTrue(name, found.all { it.word in labels || " ${it.word}" in labels })
                assertTrue(name, found.all { " ${it.word}".endsWith(it.text) })
                wanted.zip(found) { own, got ->
                    assertEquals(name, (own[1] as Number).toDouble(), got.score, tolerance)
                }
            }
        }
    }

    /** Its state and its logits tell all that it read: what is read twice, or left out, differs. */
    private inner class Streaming : Model {
        override val metadata = described(
            listOf(4, 24),
            "state" to listOf(mapOf("name" to "sum", "shape" to listOf(1), "dtype" to "int32", "initial" to 0)),
        )
        val asked = ArrayList<Int>()

        override fun run(text: ByteArray, state: State?): Outputs {
            asked += text.size
            val before = (state?.get("sum") as Tensor.Ints?)?.values?.get(0) ?: 0
            val sum = TextCutter.words(text).fold(before) { all, (start, end) ->
                (start until end).fold(all * 7 % 997 + 1) { own, at -> (own * 31 + text[at]) % 997 }
            }
            val logits = FloatArray(labels.size) { (sum + 1) * (it + 3) % 101 / 8f }
            return Outputs(words = 1, logits = logits, state = mapOf("sum" to Tensor.Ints(intArrayOf(sum))))
        }

        override fun close() = Unit
    }

    @Test
    fun aModelWithAStateReadsEachWordOnceAndAnswersAsOneThatBeginsAnew() {
        val text = "How are you? I am fine.\nAnd the others, are they      " + " ".repeat(40) + "well"
        val model = Streaming()
        val typing = Generator(model, "streaming")
        for (size in 0..text.length) {
            val typed = text.take(size)
            assertEquals(typed, Generator(Streaming(), "streaming").offer(typed), typing.offer(typed))
        }
        val before = model.asked.size
        typing.suggest("$text.")
        assertEquals(listOf(1), model.asked.drop(before))
    }

    @Test
    fun whatDoesNotWriteIsRefused() {
        for (metadata in listOf(metadataOf(), described(listOf(4, 24), "labels" to listOf("a", "b")))) {
            assertThrows(ArtifactException::class.java) { Generator(Toy(metadata), "toy.onnx") }
        }
    }

    private companion object {
        val NO_WORDS = listOf("<unk>", "</s>") + List(256) { "<0x%02X>".format(it) }
    }
}
