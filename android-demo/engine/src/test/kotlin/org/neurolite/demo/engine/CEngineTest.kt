package org.neurolite.demo.engine

import java.lang.management.BufferPoolMXBean
import java.lang.management.ManagementFactory
import java.nio.ByteBuffer
import java.nio.ByteOrder
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import org.neurolite.demo.core.ArtifactException
import org.neurolite.demo.core.InputException
import org.neurolite.demo.core.Model
import org.neurolite.demo.core.Tensor

class CEngineTest {
    private val engine = CEngine()
    private val file = made("intents.nlm")

    private fun heap(change: (ByteArray) -> Unit): ByteBuffer = ByteBuffer.wrap(file.readBytes().also(change))

    private fun refused(content: ByteBuffer): String =
        assertThrows(ArtifactException::class.java) { engine.open(content, "mine.nlm") }.message!!

    private fun Model.logits(text: String): FloatArray = run(text.toByteArray()).logits

    @Test
    fun mappedCopiedAndShiftedBytesGiveTheSameBits() {
        val content = file.readBytes()
        val shifted = ByteBuffer.allocateDirect(content.size + 1).apply { put(0).put(content).position(1) }
        val text = "wake me up at seven in the morning"
        val expected = engine.open(mapped(file), "mapped").use { it.logits(text) }
        assertEquals(150, expected.size)
        for (other in listOf(ByteBuffer.wrap(content), shifted)) {
            val found = engine.open(other, "copied").use { it.logits(text) }
            assertArrayEquals(expected, found, 0f)
        }
    }

    @Test
    fun outputsAreThoseOfTheMetadata() = engine.open(mapped(file), "intents").use { model ->
        val outputs = model.run("my card was stolen, block it".toByteArray())
        assertEquals(7, outputs.words)
        assertEquals(model.metadata.labels.size, outputs.logits.size)
        assertEquals(model.metadata.embeddingSize, outputs.embedding.size)
        assertEquals(model.metadata.rules.map { if (it.name == "stolen card") 1 else 0 }, outputs.rules.toList())
        assertEquals(0, outputs.tags.size + outputs.offsets.size + outputs.experts.size + outputs.state.size)
    }

    @Test
    fun whatIsRememberedChangesTheAnswer() = engine.open(mapped(made("dialogues.nlm")), "dialogues").use { model ->
        val first = model.run("find me a restaurant".toByteArray())
        assertEquals(model.metadata.state.map { it.name }.toSet(), first.state.keys)
        val text = "tomorrow at seven".toByteArray()
        val alone = model.run(text).logits
        assertFalse(alone.contentEquals(model.run(text, first.state).logits))
        assertArrayEquals(alone, model.run(text).logits, 0f)
    }

    @Test
    fun aStateOfOtherSizesIsRefused() = engine.open(mapped(made("dialogues.nlm")), "dialogues").use { model ->
        val wrong = model.metadata.state.associate { it.name to Tensor.Floats(FloatArray(it.size) { Float.NaN }) }
        val message = assertThrows(InputException::class.java) { model.run("hello".toByteArray(), wrong) }.message!!
        assertTrue(message, "no model writes" in message)
    }

    @Test
    fun damagedFilesSayWhy() {
        assertTrue(refused(ByteBuffer.allocateDirect(0)), "mine.nlm" in refused(ByteBuffer.allocateDirect(0)))
        assertTrue("other magic", "not a .nlm" in refused(heap { it[0] = 0 }).lowercase())
        val oneBit = refused(heap { it[it.size - 100] = (it[it.size - 100].toInt() xor 1).toByte() })
        assertTrue(oneBit, "digest" in oneBit)
        refused(ByteBuffer.wrap(file.readBytes().copyOf(4_096)))
    }

    @Test
    fun longTextsAreRefusedAndClosedModelsToo() {
        val model = engine.open(mapped(file), "intents")
        val long = ByteArray(model.metadata.maxBytes + 1)
        assertThrows(InputException::class.java) { model.run(long) }
        model.close()
        assertThrows(IllegalStateException::class.java) { model.logits("hello") }
    }

    @Test
    fun nothingIsLeftOfTheTextBefore() = engine.open(mapped(file), "intents").use { model ->
        val expected = model.logits("")
        model.run(ByteArray(model.metadata.maxBytes) { 'a'.code.toByte() })
        assertArrayEquals(expected, model.logits(""), 0f)
    }

    /** The library of C allocates nothing; what it writes to is memory of Java outside of its heap. */
    @Test
    fun tenThousandAnswersTakeNoMemory() = engine.open(mapped(file), "intents").use { model ->
        fun used() = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean::class.java).map { it.memoryUsed }
        model.logits("wake me up")
        val before = used()
        repeat(10_000) { model.logits("wake me up at $it") }
        // Models of other tests may go meanwhile.
        assertTrue(used().zip(before).all { (now, then) -> now <= then })
    }

    @Test
    fun theRuntimeNamesItsInstructions() {
        assertTrue(engine.runtime, Regex("libneurolite_model \\([a-z0-9-]+\\)").matches(engine.runtime))
    }

    @Test
    fun dotProductsAreABitOfTheKernelsVector() {
        fun vector(vararg pairs: Long) =
            ByteBuffer.allocate(8 * pairs.size).order(ByteOrder.LITTLE_ENDIAN)
                .also { it.asLongBuffer().put(pairs) }.array()
        assertTrue(Processor.hasDotProducts(vector(6, 4_096, 16, 1L shl 20, 0, 0)))
        assertFalse(Processor.hasDotProducts(vector(6, 4_096, 16, (1L shl 20) - 1, 0, 0)))
        assertFalse(Processor.hasDotProducts(vector(6, 1L shl 20, 0, 0)))
        assertFalse(Processor.hasDotProducts(ByteArray(3)))
    }
}
