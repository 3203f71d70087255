package org.neurolite.demo.core

import java.io.File
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Test

class StatesTest {
    private val vectors = Vectors.read("apps/states.json")
    private val metadata = metadataOf("state" to vectors["state"])

    private fun bytes(tensor: Tensor): String {
        val bits = when (tensor) {
            is Tensor.Floats -> tensor.values.map { it.toRawBits() }
            is Tensor.Ints -> tensor.values.toList()
        }
        return bits.joinToString("") { "%08x".format(Integer.reverseBytes(it)) }
    }

    @Test
    fun aConversationBeginsAsItShould() {
        val wanted = vectors["initial"] as Map<*, *>
        assertEquals(wanted, startOf(metadata.state).mapValues { bytes(it.value) })
    }

    @Test
    fun filesAreTheSameBytes() {
        for (row in vectors.items("files")) {
            val content = bytesOf(row.text("bytes"))
            val found = StateFile.decode(content, metadata, "a.nlstate")
            assertEquals(row.int("turns"), found.turns)
            assertEquals(row["values"], found.state.mapValues { bytes(it.value) })
            assertArrayEquals(row.text("name"), content, StateFile.encode(metadata, found.state, found.turns))
        }
    }

    @Test
    fun whatIsNoConversationOfThisModelIsRefused() {
        for (row in vectors.items("refused")) {
            val content = bytesOf(row.text("bytes"))
            val error = assertThrows(row.text("name"), StateException::class.java) {
                StateFile.decode(content, metadata, "a.nlstate")
            }
            val said = when (row.text("why")) {
                "not a state" -> "is no saved conversation"
                "newer version" -> "is of another version"
                "another model" -> "of another model"
                else -> "is damaged"
            }
            assertEquals("${row.text("name")}: ${error.message}", true, said in error.message!!)
        }
    }

    @Test
    fun aConversationGoesOnAfterAStart() {
        val toy = Toy(metadata)
        val reader = Reader(toy)
        val conversation = Conversation(reader)
        val kept = startOf(metadata.state) + ("gain" to Tensor.Floats(floatArrayOf(3f, 4f)))
        toy.next = Outputs(words = 1, embedding = FloatArray(8), state = kept)
        conversation.remember("one")
        conversation.ask("two")
        val file = File.createTempFile("conversation", ".nlstate")
        try {
            conversation.save(file)
            val again = Conversation.open(file, reader)
            assertEquals(1, again.turns)
            assertArrayEquals(conversation.toBytes(), again.toBytes())
            again.forget()
            assertArrayEquals(Conversation(reader).toBytes(), again.toBytes())
            assertArrayEquals(floatArrayOf(3f, 4f), (kept["gain"] as Tensor.Floats).values, 0f)
        } finally {
            file.delete()
        }
    }
}
