package org.neurolite.demo.engine

import java.io.File
import org.neurolite.demo.core.Answer
import org.neurolite.demo.core.InputException
import org.neurolite.demo.core.Json
import org.neurolite.demo.core.Reader

/**
 * Answers every text of a file, for a comparison with Python.
 *
 * Arguments: a .nlm, and JSON lines of "index" and "utf16", the text's UTF-16 in hex.
 */
public fun main(arguments: Array<String>) {
    val (model, texts) = arguments.map(::File)
    CEngine().open(mapped(model), model.name).use { opened ->
        val reader = Reader(opened)
        texts.forEachLine { line ->
            val item = Json.parse(line) as Map<*, *>
            println(Json.write(told(reader, item["utf16"] as String) + ("index" to item["index"])))
        }
    }
}

private fun told(reader: Reader, units: String): Map<String, Any?> =
    try {
        described(reader.answer(unhex(units)), reader.metadata.rules.map { it.name })
    } catch (error: InputException) {
        mapOf("error" to error.message)
    }

private fun described(answer: Answer, rules: List<String>): Map<String, Any?> {
    val told = mapOf(
        "words" to answer.words,
        "truncated" to answer.truncated,
    )
    if (answer.outputs.logits.isEmpty()) return told + ("embedding" to hex(answer.embedding))
    return told + mapOf(
        "label" to answer.label,
        "score" to answer.probability,
        "in_scope" to answer.inScope,
        "abstained" to answer.abstained,
        "logits" to hex(answer.outputs.logits),
        "rules" to rules.filterIndexed { at, _ -> answer.outputs.rules[at] == 1 },
    )
}

/** Char by char: half a pair is a text as well. */
private fun unhex(units: String): String =
    String(CharArray(units.length / DIGITS) { units.substring(DIGITS * it, DIGITS * (it + 1)).toInt(HEX).toChar() })

private fun hex(values: FloatArray): String =
    values.joinToString("") { "%08x".format(Integer.reverseBytes(it.toRawBits())) }

private const val DIGITS = 4
private const val HEX = 16
