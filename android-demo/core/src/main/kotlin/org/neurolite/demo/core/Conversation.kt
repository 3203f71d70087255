package org.neurolite.demo.core

import java.io.File

/**
 * Texts in their order, each answered in the light of those that were remembered before it.
 *
 * @throws InputException the model keeps no state.
 */
public class Conversation(private val reader: Reader) {
    private val metadata = reader.metadata
    private var state: State = startOf(metadata.state)

    /** Texts that are remembered. */
    public var turns: Int = 0
        private set

    init {
        if (metadata.state.isEmpty()) {
            throw InputException("${metadata.name} keeps no state: each of its texts stands alone.")
        }
    }

    /** The answer to a text, which is not remembered. */
    public fun ask(text: String, top: Int = 3): Answer = reader.answer(text, state, top)

    /** The answer to a text, which is remembered: the next is answered in its light. */
    public fun remember(text: String, top: Int = 3): Answer {
        val found = ask(text, top)
        state = found.state
        turns++
        return found
    }

    /** Begins anew; nothing of what was remembered is left in this object. */
    public fun forget() {
        for (tensor in state.values) {
            when (tensor) {
                is Tensor.Floats -> tensor.values.fill(0f)
                is Tensor.Ints -> tensor.values.fill(0)
            }
        }
        state = startOf(metadata.state)
        turns = 0
    }

    /** What is remembered, as the file `.nlstate` has it: readable wherever this model runs. */
    public fun toBytes(): ByteArray = StateFile.encode(metadata, state, turns)

    /** Writes it, atomically. */
    public fun save(file: File): Unit = writeAtomically(file, toBytes())

    public companion object {
        private const val MOST_BYTES = 1L shl 28

        /**
         * Goes on with a saved conversation.
         *
         * @throws StateException no such file, damaged, or of another model.
         */
        public fun open(content: ByteArray, reader: Reader, source: String): Conversation {
            val saved = StateFile.decode(content, reader.metadata, source)
            return Conversation(reader).apply {
                state = saved.state
                turns = saved.turns
            }
        }

        public fun open(file: File, reader: Reader): Conversation {
            if (!file.isFile) throw StateException("There is no conversation ${file.name}.")
            return open(readLimited(file, MOST_BYTES) { StateException(it) }, reader, file.name)
        }
    }
}
