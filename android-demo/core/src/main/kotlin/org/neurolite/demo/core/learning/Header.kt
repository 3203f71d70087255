package org.neurolite.demo.core.learning

import java.nio.ByteBuffer
import java.nio.ByteOrder
import org.neurolite.demo.core.InputException
import org.neurolite.demo.core.Json
import org.neurolite.demo.core.Metadata
import org.neurolite.demo.core.MetadataFields
import org.neurolite.demo.core.Similarity
import org.neurolite.demo.core.StoreException
import org.neurolite.demo.core.startsWith

/**
 * The beginning of a store: what its vectors are of, its labels, and how it learns.
 *
 * @property dimension to which vectors are cut.
 * @property texts whether texts are kept.
 * @property similarity what cosines mean, by the encoder; null where it does not say.
 * @property ownFirst what the store's own examples say of cosines goes before that.
 * @property clock events before the first record.
 * @property nextId lower than the id of any example that is not among the first records.
 */
internal data class Header(
    val modelId: String,
    val encoder: String,
    val encoderDimension: Int,
    val dimension: Int,
    val texts: Boolean,
    val similarity: Similarity?,
    val ownFirst: Boolean,
    val settings: Settings,
    val labels: List<String> = emptyList(),
    val clock: Long = 0,
    val nextId: Long = 1,
) {
    fun toBytes(): ByteArray {
        val body = Json.write(
            mapOf(
                "dtype" to DTYPE, "model_id" to modelId, "encoder" to encoder, "encoder_dimension" to encoderDimension,
                "dimension" to dimension, "texts" to texts, "similarity" to similarity?.toJson(),
                "own_first" to ownFirst, "settings" to settings.toJson(), "labels" to labels, "clock" to clock,
                "next_id" to nextId,
            ),
        ).toByteArray()
        val buffer = ByteBuffer.allocate(FIXED + body.size + SUM).order(ByteOrder.LITTLE_ENDIAN)
        buffer.put(MAGIC).putInt(VERSION).putInt(body.size).put(body)
        return buffer.putInt(crc32(buffer.array(), 0, FIXED + body.size)).array()
    }

    /**
     * Whether the store is of this model's vectors.
     *
     * @throws StoreException it is of another's.
     */
    fun check(metadata: Metadata, source: String) {
        if (modelId != metadata.modelId || encoderDimension != metadata.embeddingSize) {
            throw StoreException(
                "$source holds vectors of another encoder ($encoder), and this one is ${metadata.name}: " +
                    "they do not compare.",
            )
        }
    }

    companion object {
        /**
         * Of a new store.
         *
         * @throws InputException the model gives no vectors, or none of this length.
         */
        fun of(metadata: Metadata, dimension: Int?, texts: Boolean, settings: Settings): Header {
            val id = metadata.modelId
            if ("embedding" !in metadata.outputs || id == null) {
                throw InputException("${metadata.name} gives no vectors, from which examples are learned.")
            }
            val length = dimension ?: metadata.embeddingSize
            val measured = metadata.similarities.associateBy { it.dimension }
            val known = measured.isEmpty() || length in measured
            if (length !in 1..minOf(metadata.embeddingSize, MAX_DIMENSION) || !known) {
                throw InputException("Vectors of ${metadata.name} cannot be cut to $length numbers.")
            }
            return Header(
                id, metadata.name, metadata.embeddingSize, length, texts, measured[length],
                metadata.labels.isNotEmpty(), settings,
            )
        }

        /**
         * A header from a file of any origin, and where the records begin.
         *
         * @throws StoreException no store, of a newer version, or damaged.
         */
        fun read(content: ByteArray, source: String): Pair<Header, Int> {
            if (!content.startsWith(MAGIC)) throw StoreException("$source is no store of taught examples (.nls).")
            if (content.size < FIXED) damaged(source)
            val buffer = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN)
            if (buffer.getInt(MAGIC.size) != VERSION) {
                throw StoreException("$source is of another version than $VERSION. Update the app.")
            }
            val length = buffer.getInt(MAGIC.size + SUM)
            if (length !in 0..MAX_HEADER || content.size - FIXED - SUM < length) damaged(source)
            val end = FIXED + length
            if (buffer.getInt(end) != crc32(content, 0, end)) damaged(source)
            val values = try {
                Json.parse(content, FIXED, length) as? Map<*, *>
            } catch (_: IllegalArgumentException) {
                damaged(source)
            }
            val found = values?.let(::checked)
                ?: throw StoreException("$source has a header that this version does not know.")
            return found to end + SUM
        }

        private fun checked(values: Map<*, *>): Header? {
            if (values.keys != NAMES || values["dtype"] != DTYPE) return null
            fun whole(name: String, range: LongRange) = (values[name] as? Long)?.takeIf { it in range }
            val id = (values["model_id"] as? String)?.takeIf(MetadataFields::isModelId) ?: return null
            val longest = whole("encoder_dimension", 1..MAX_DIMENSION.toLong()) ?: return null
            val dimension = whole("dimension", 1..longest)?.toInt() ?: return null
            val measured = values["similarity"]?.let { Similarity.of(it) ?: return null }
            if (measured != null && measured.dimension != dimension) return null
            val labels = MetadataFields.strings(values["labels"]) ?: return null
            val unfit = labels.size > MAX_LABELS || labels.toSet().size < labels.size
            if (unfit || labels.any { problemOf(it) != null }) return null
            return Header(
                id, values["encoder"] as? String ?: return null, longest.toInt(), dimension,
                values["texts"] as? Boolean ?: return null, measured, values["own_first"] as? Boolean ?: return null,
                Settings.of(values["settings"]) ?: return null, labels,
                whole("clock", 0..MOST_EVENTS) ?: return null,
                whole("next_id", 1..Int.MAX_VALUE + 1L) ?: return null,
            )
        }

        private fun damaged(source: String): Nothing =
            throw StoreException("$source is damaged in its header. Restore a copy of it.")

        const val MOST_EVENTS = 0xFFFFFFFFL
        private val MAGIC = "NLSTORE\n".toByteArray()
        private const val VERSION = 1
        private const val FIXED = 16
        private const val MAX_HEADER = 1 shl 24
        private const val DTYPE = "float16"
        private val NAMES = setOf(
            "dtype", "model_id", "encoder", "encoder_dimension", "dimension", "texts", "similarity", "own_first",
            "settings", "labels", "clock", "next_id",
        )
    }
}
