package org.neurolite.demo

import java.io.File
import org.neurolite.demo.core.Json

/** What Python's tools printed of the very same models when the app was built. */
internal object Expected {
    /** Flavour of the app, `c` or `ort`. */
    val flavour: String = checkNotNull(System.getProperty("engine"))

    private val made = File(checkNotNull(System.getProperty("neurolite.made")))

    fun rows(name: String): List<Map<*, *>> =
        file("$name-$flavour.jsonl").readLines().map { Json.parse(it) as Map<*, *> }

    /** Texts, and what Python's writer offers behind each of the packed generator: pieces, best first, with scores. */
    fun offers(): List<Pair<String, List<Pair<String, Double>>>> {
        val texts = rows("nextwords", "texts").map { row -> textOf(row.string("utf16")) }
        return texts.zip(rows("nextwords", "expected").map { row -> (row["offer"] as List<*>).map(::scored) })
    }

    private fun rows(model: String, name: String): List<Map<*, *>> =
        file("$model-$flavour/$name.jsonl").readLines().map { Json.parse(it) as Map<*, *> }

    private fun scored(item: Any?): Pair<String, Double> =
        (item as List<*>).let { (piece, score) -> piece as String to (score as Number).toDouble() }

    private fun textOf(utf16: String): String =
        String(CharArray(utf16.length / 4) { utf16.substring(4 * it, 4 * it + 4).toInt(16).toChar() })

    fun file(name: String): File = File(made, name)
}

internal fun Map<*, *>.string(name: String): String = checkNotNull(this[name]) as String

internal fun Map<*, *>.number(name: String): Double = (checkNotNull(this[name]) as Number).toDouble()

internal fun Map<*, *>.flag(name: String): Boolean = checkNotNull(this[name]) as Boolean
