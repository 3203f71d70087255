package org.neurolite.demo.runtime

import java.io.File
import java.nio.ByteBuffer
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNotEquals
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import org.neurolite.demo.core.Answer
import org.neurolite.demo.core.ArtifactException
import org.neurolite.demo.core.Conversation
import org.neurolite.demo.core.Reader
import org.neurolite.demo.core.StateException

/** The package's own models in ONNX Runtime, against what neurolite-run says. */
class AnswersTest {
    private fun same(wanted: Map<*, *>, found: Answer) {
        val text = wanted["text"] as String
        assertEquals(text, wanted["label"], found.label)
        assertEquals(text, wanted["score"] as Double, found.probability!!, MOST)
        assertEquals(text, wanted["in_scope"] as Double, found.inScope!!, MOST)
        assertEquals(text, wanted["abstained"], found.abstained)
        assertEquals(text, wanted["words"], found.words.toLong())
        assertEquals(text, wanted["truncated"], found.truncated)
    }

    @Test
    fun intentsAndTheirRulesAreAnsweredAlike() {
        val answers = Made.answers("intents")
        Made.open("intents").use { model ->
            val reader = Reader(model)
            for (wanted in answers) {
                val found = reader.answer(wanted["text"] as String)
                same(wanted, found)
                val fired = found.rules.map {
                    mapOf("name" to it.name, "does" to it.does, "reason" to it.reason, "overruled" to it.overruled)
                }
                assertEquals(wanted["rules"], fired)
            }
        }
        assertTrue(answers.any { it["abstained"] == true } && answers.any { it["abstained"] == false })
        assertTrue(answers.count { it["rules"] != emptyList<Any>() } >= 4)
    }

    @Test
    fun aConversationIsRememberedAlike() {
        Made.open("dialogues").use { model ->
            val reader = Reader(model)
            val conversation = Conversation(reader)
            for (wanted in Made.answers("dialogues")) {
                same(wanted, conversation.remember(wanted["text"] as String))
                assertEquals(wanted["turn"], conversation.turns.toLong())
            }
            val next = Made.answers("dialogues-next").single()
            val text = next["text"] as String
            same(next, conversation.ask(text))
            same(next, Conversation.open(Made.file("dialogues.nlstate"), reader).ask(text))
            assertNotEquals(next["score"] as Double, reader.answer(text).probability!!, MOST)
            conversation.forget()
            assertArrayEquals(reader.answer(text).outputs.logits, conversation.ask(text).outputs.logits, 0f)
        }
    }

    @Test
    fun vectorsAreTheSame() {
        Made.open("english").use { model ->
            val reader = Reader(model)
            for (wanted in Made.answers("english")) {
                val vector = (wanted["embedding"] as List<*>).map { (it as Number).toFloat() }.toFloatArray()
                val found = reader.answer(wanted["text"] as String)
                assertArrayEquals(wanted["text"] as String, vector, found.embedding, MOST.toFloat())
                assertEquals(null, found.label)
            }
        }
    }

    @Test
    fun aTextOfAnyLengthHasAnAnswer() {
        Made.open("intents").use { model ->
            val reader = Reader(model)
            val long = "wake me up at seven ".repeat(1_000)
            assertEquals(true, reader.answer(long).truncated)
            assertEquals(0, reader.answer("").words)
            assertEquals(false, reader.answer("").truncated)
            assertEquals(1, reader.answer("\ud83d").words)
        }
    }

    @Test
    fun filesThatAreNoModelsAreRefused() {
        val content = Made.file("intents.onnx").readBytes()
        val wrong = listOf(ByteArray(0), ByteArray(100), content.copyOf(content.size / 2), "hello".toByteArray())
        for (bytes in wrong) {
            assertThrows("${bytes.size} bytes", ArtifactException::class.java) {
                OnnxEngine().open(ByteBuffer.wrap(bytes), "a.onnx")
            }
        }
    }

    @Test
    fun anotherModelsConversationIsRefused() {
        Made.open("intents").use { model ->
            assertThrows(Exception::class.java) { Conversation(Reader(model)) }
        }
        Made.open("dialogues").use { model ->
            val file = File.createTempFile("broken", ".nlstate")
            try {
                val content = Made.file("dialogues.nlstate").readBytes()
                content[content.size / 2] = (content[content.size / 2] + 1).toByte()
                file.writeBytes(content)
                assertThrows(StateException::class.java) { Conversation.open(file, Reader(model)) }
            } finally {
                file.delete()
            }
        }
    }

    private companion object {
        /** Of a probability: int8 products differ between builds of ONNX Runtime. */
        const val MOST = 1e-3
    }
}
