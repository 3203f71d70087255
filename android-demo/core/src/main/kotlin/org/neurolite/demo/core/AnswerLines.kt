package org.neurolite.demo.core

import java.io.File
import java.nio.ByteBuffer

/**
 * Answers a file of texts for `python -m neurolite_bench.apps compare`: a line of JSON for each.
 *
 * @param artifact the model's file.
 * @param texts lines of `{"index": n, "utf16": hex}`, or with `bytes`.
 * @param print takes the lines.
 */
public fun answerLines(engine: Engine, artifact: File, texts: File, print: (String) -> Unit) {
    engine.open(ByteBuffer.wrap(artifact.readBytes()), artifact.name).use { model ->
        val reader = Reader(model)
        texts.forEachLine { line -> if (line.isNotBlank()) print(answered(reader, Json.parse(line) as Map<*, *>)) }
    }
}

private fun answered(reader: Reader, row: Map<*, *>): String {
    val units = row["utf16"] as String?
    val found = if (units == null) {
        reader.answer(bytesOfHex(row["bytes"] as String))
    } else {
        reader.answer(stringOfUnits(units))
    }
    return Json.write(mapOf("index" to row["index"]) + described(reader.metadata, found), ascii = true)
}

private fun described(metadata: Metadata, answer: Answer): Map<String, Any?> {
    val vectors = if (metadata.labels.isEmpty()) {
        mapOf("embedding" to hexOf(answer.embedding))
    } else {
        mapOf("logits" to hexOf(answer.outputs.logits))
    }
    val decision = when (metadata.task) {
        Metadata.CLASSIFICATION -> mapOf(
            "label" to answer.label, "score" to answer.probability, "in_scope" to answer.inScope,
            "abstained" to answer.abstained,
        )
        Metadata.MULTI_LABEL ->
            mapOf("labels" to answer.best.map { mapOf("label" to it.label, "score" to it.score) })
        else -> emptyMap()
    }
    val fired = metadata.rules.filterIndexed { at, _ -> answer.outputs.rules[at] != 0 }.map { it.name }
    val rules = if (metadata.rules.isEmpty()) emptyMap() else mapOf("rules" to fired)
    return decision + vectors + rules + mapOf("words" to answer.words, "truncated" to answer.truncated)
}

private const val HEX = 16
private const val UNIT = 4

/** Halves of pairs may stand alone, which a decoder would replace. */
private fun stringOfUnits(hex: String): String =
    String(CharArray(hex.length / UNIT) { hex.substring(it * UNIT, (it + 1) * UNIT).toInt(HEX).toChar() })

private fun bytesOfHex(hex: String): ByteArray =
    ByteArray(hex.length / 2) { hex.substring(2 * it, 2 * it + 2).toInt(HEX).toByte() }

/** float32, little-endian. */
private fun hexOf(values: FloatArray): String =
    values.joinToString("") { value ->
        Integer.toHexString(Integer.reverseBytes(value.toRawBits())).padStart(2 * UNIT, '0')
    }
