package org.neurolite.demo.core

import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.security.MessageDigest

/** A conversation as its file has it. */
internal class SavedState(val turns: Int, val state: State)

/** The file of a conversation, `.nlstate`; docs/memory.md has its layout. */
internal object StateFile {
    /** Equal states give equal bytes. */
    fun encode(metadata: Metadata, state: State, turns: Int): ByteArray {
        val id = metadata.modelId ?: throw InputException(
            "${metadata.name} has no model_id, by which its state would be known again. Export the model again.",
        )
        val header = mapOf("model_id" to id, "state" to metadata.state.map(::described), "turns" to turns)
        val text = Json.write(header, ascii = true).toByteArray()
        val length = (text.size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT
        val values = metadata.state.sumOf { it.size } * BYTES_OF_NUMBER
        val buffer = ByteBuffer.allocate(START + length + values).order(ByteOrder.LITTLE_ENDIAN)
        buffer.put(MAGIC).putInt(VERSION).putInt(length).put(text)
        while (buffer.position() < START + length) buffer.put(' '.code.toByte())
        for (spec in metadata.state) {
            when (val tensor = state.getValue(spec.name)) {
                is Tensor.Floats -> tensor.values.forEach { buffer.putFloat(it) }
                is Tensor.Ints -> tensor.values.forEach { buffer.putInt(it) }
            }
        }
        val content = buffer.array()
        return content + sha256(content, content.size)
    }

    /**
     * Reads a conversation of this model from a file of any origin.
     *
     * @throws StateException no state, damaged, of a newer version, or another model's.
     */
    fun decode(content: ByteArray, metadata: Metadata, source: String): SavedState {
        if (!content.startsWith(MAGIC)) throw StateException("$source is no saved conversation of NeuroLite.")
        if (content.size < START + DIGEST) damaged(source)
        val buffer = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN)
        if (buffer.getInt(MAGIC.size) != VERSION) {
            throw StateException("$source is of another version than $VERSION, which this app reads. Update the app.")
        }
        val end = content.size - DIGEST
        if (!sha256(content, end).contentEquals(content.copyOfRange(end, content.size))) damaged(source)
        val length = buffer.getInt(MAGIC.size + BYTES_OF_NUMBER)
        if (length < 0 || length > end - START) damaged(source)
        val (turns, specs, id) = header(content, length, source)
        if (id != metadata.modelId || specs != metadata.state) {
            throw StateException("$source is the conversation of another model. Begin a new one.")
        }
        if (START + length + specs.sumOf { it.size.toLong() } * BYTES_OF_NUMBER != end.toLong()) damaged(source)
        buffer.position(START + length)
        return SavedState(turns, specs.associate { it.name to tensor(it, buffer, source) })
    }

    private fun header(content: ByteArray, length: Int, source: String): Triple<Int, List<StateSpec>, String> {
        val values = try {
            Json.parse(content, START, length) as? Map<*, *>
        } catch (_: IllegalArgumentException) {
            null
        }
        val turns = (values?.get("turns") as? Long)?.takeIf { it in 0..Int.MAX_VALUE }
        val id = (values?.get("model_id") as? String)?.takeIf(MetadataFields::isModelId)
        val specs = (values?.get("state") as? List<*>)?.map { (it as? Map<*, *>)?.let(MetadataFields::state) }
        if (turns == null || id == null || specs == null || null in specs) damaged(source)
        return Triple(turns.toInt(), specs.filterNotNull(), id)
    }

    private fun tensor(spec: StateSpec, buffer: ByteBuffer, source: String): Tensor {
        if (spec.type == StateSpec.INT) return Tensor.Ints(IntArray(spec.size) { buffer.getInt() })
        val values = FloatArray(spec.size) { buffer.getFloat() }
        if (values.any { it.isNaN() || it.isInfinite() }) damaged(source)
        return Tensor.Floats(values)
    }

    private fun described(spec: StateSpec): Map<String, Any?> {
        val initial: Number = if (spec.type == StateSpec.INT) spec.initial.toLong() else spec.initial
        return mapOf("name" to spec.name, "shape" to spec.shape, "dtype" to spec.type, "initial" to initial)
    }

    private fun sha256(content: ByteArray, size: Int): ByteArray =
        MessageDigest.getInstance("SHA-256").apply { update(content, 0, size) }.digest()

    private fun damaged(source: String): Nothing =
        throw StateException("$source is damaged. Restore a copy of it, or begin a new conversation.")

    private val MAGIC = "NLSTATE\n".toByteArray()
    private const val VERSION = 1
    private const val START = 16
    private const val ALIGNMENT = 8
    private const val DIGEST = 32
    private const val BYTES_OF_NUMBER = 4
}

internal fun ByteArray.startsWith(other: ByteArray): Boolean =
    size >= other.size && other.indices.all { this[it] == other[it] }
