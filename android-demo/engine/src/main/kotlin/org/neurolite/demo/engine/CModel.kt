package org.neurolite.demo.engine

import java.nio.ByteBuffer
import java.nio.FloatBuffer
import java.nio.IntBuffer
import org.neurolite.demo.core.InputException
import org.neurolite.demo.core.Metadata
import org.neurolite.demo.core.Model
import org.neurolite.demo.core.Outputs
import org.neurolite.demo.core.State
import org.neurolite.demo.core.flat
import org.neurolite.demo.core.unflat

/**
 * An open model of the C runtime; everything it writes to is here, so it serves one thread at a time.
 *
 * @param model the runtime's struct, which holds the address of [blob].
 */
internal class CModel(
    override val metadata: Metadata,
    private val model: ByteBuffer,
    @Suppress("unused") private val blob: ByteBuffer,
) : Model {
    private val sizes = Native.sizes(model)
    private val results = Native.aligned(sizes.sum() * WORD)
    private val scratch = Native.aligned(Math.toIntExact(Native.scratchSize(model)))
    private val text = Native.aligned(metadata.maxBytes)
    private val read = sizes[OFFSETS] / 2
    private var closed = false

    override fun run(text: ByteArray, state: State?): Outputs {
        check(!closed) { "The model is closed." }
        if (text.size > this.text.capacity()) {
            val most = this.text.capacity()
            throw InputException("The text has ${text.size} bytes; the model takes $most. Cut it first.")
        }
        this.text.clear()
        this.text.put(text)
        put(state)
        val status = Native.run(model, this.text, text.size, results, scratch)
        if (status != Native.OK) throw InputException("The text has no answer: ${Native.reason(status)}")
        return outputs()
    }

    private fun put(state: State?) {
        val values = if (state == null) FloatArray(sizes[STATE]) else flat(metadata.state, state)
        if (values.size != sizes[STATE]) {
            throw InputException("The state has ${values.size} numbers; the model keeps ${sizes[STATE]}.")
        }
        floats(STATE).put(values)
    }

    private fun outputs(): Outputs {
        val words = ints(WORDS).get()
        val seen = minOf(words, read)
        val next = take(floats(STATE), sizes[STATE])
        return Outputs(
            words = words,
            logits = take(floats(LOGITS), sizes[LOGITS]),
            embedding = take(floats(EMBEDDING), sizes[EMBEDDING]),
            rules = take(ints(RULES), sizes[RULES]),
            tags = take(floats(TAGS), if (read > 0) sizes[TAGS] / read * seen else 0),
            offsets = take(ints(OFFSETS), 2 * seen),
            experts = take(ints(EXPERTS), sizes[EXPERTS]),
            state = if (next.isEmpty()) emptyMap() else unflat(metadata.state, next),
        )
    }

    override fun close() {
        closed = true // the memory is Java's, and goes with the object
    }

    private fun part(which: Int): ByteBuffer {
        results.clear()
        results.position(WORD * (0 until which).sumOf { sizes[it] })
        return results
    }

    private fun floats(which: Int): FloatBuffer = part(which).asFloatBuffer()

    private fun ints(which: Int): IntBuffer = part(which).asIntBuffer()

    private fun take(from: FloatBuffer, size: Int): FloatArray = FloatArray(size).also { from.get(it) }

    private fun take(from: IntBuffer, size: Int): IntArray = IntArray(size).also { from.get(it) }

    private companion object {
        /** Bytes of a number. */
        const val WORD = 4

        // The parts of `results`, in the order of jni.c.
        const val WORDS = 0
        const val LOGITS = 1
        const val EMBEDDING = 2
        const val RULES = 3
        const val EXPERTS = 4
        const val STATE = 5
        const val OFFSETS = 6
        const val TAGS = 7
    }
}
