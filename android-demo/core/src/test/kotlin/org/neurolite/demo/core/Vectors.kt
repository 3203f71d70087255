package org.neurolite.demo.core

import java.io.File
import java.nio.ByteBuffer
import java.nio.ByteOrder

/** The vectors that every app is held to, docs/app-contract.md; or others of their form, in $NEUROLITE_VECTORS. */
internal object Vectors {
    private val golden = File(System.getenv("NEUROLITE_VECTORS") ?: "../../tests/golden")

    fun file(path: String): File = File(golden, path)

    fun read(path: String): Map<*, *> = Json.parse(file(path).readText()) as Map<*, *>
}

internal fun Map<*, *>.items(name: String): List<Map<*, *>> = (getValue(name) as List<*>).map { it as Map<*, *> }

internal fun Map<*, *>.text(name: String): String = getValue(name) as String

internal fun Map<*, *>.int(name: String): Int = (getValue(name) as Long).toInt()

internal fun Map<*, *>.double(name: String): Double? = (getValue(name) as Number?)?.toDouble()

internal fun Map<*, *>.texts(name: String): List<String> = (getValue(name) as List<*>).map { it as String }

internal fun Map<*, *>.doubles(name: String): List<Double> =
    (getValue(name) as List<*>).map { (it as Number).toDouble() }

internal fun Map<*, *>.logits(name: String): FloatArray =
    doubles(name).let { values -> FloatArray(values.size) { values[it].toFloat() } }

private fun Map<*, *>.getValue(name: String): Any? {
    require(name in this) { "There is no $name." }
    return this[name]
}

internal fun bytesOf(hex: String): ByteArray = hex.chunked(2).map { it.toInt(16).toByte() }.toByteArray()

internal fun hexOf(bytes: ByteArray): String = bytes.joinToString("") { "%02x".format(it) }

/** Of UTF-16 units, four digits each. */
internal fun stringOf(hex: String): String =
    String(hex.chunked(4).map { it.toInt(16).toChar() }.toCharArray())

internal fun floatsOf(hex: String): FloatArray {
    val buffer = ByteBuffer.wrap(bytesOf(hex)).order(ByteOrder.LITTLE_ENDIAN)
    return FloatArray(buffer.remaining() / 4) { buffer.getFloat() }
}

/** What a file says of itself, with other entries. */
internal fun metadataOf(vararg changes: Pair<String, Any?>): Metadata {
    val values = mapOf(
        "schema_version" to 2, "hash_version" to 2, "task" to "embedding", "labels" to emptyList<String>(),
        "threshold" to null, "max_words" to 64, "max_bytes" to 256, "num_hashes" to 2, "table_size" to 64,
        "embedding_size" to 8, "parameters" to 10, "target" to "c", "precision" to "int8", "name" to "toy",
        "weights" to "", "model_id" to "0123456789abcdef0123456789abcdef", "input_name" to "bytes",
        "input_type" to "uint8", "buckets" to emptyList<Any>(), "outputs" to listOf("embedding"),
        "tools" to emptyMap<String, String>(),
    )
    return Metadata.parse(Json.write(values + changes), "toy.nlm")
}

/** A model that gives what a test says. */
internal class Toy(override val metadata: Metadata) : Model {
    var next: Outputs = Outputs(words = 1)
    val asked: MutableList<ByteArray> = ArrayList()

    override fun run(text: ByteArray, state: State?): Outputs {
        asked += text
        return next
    }

    override fun close() = Unit
}
