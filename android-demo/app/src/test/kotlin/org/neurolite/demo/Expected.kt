package org.neurolite.demo

import java.io.File
import org.neurolite.demo.core.Json

/** What Python's tools printed of the very same models when the app was built. */
object Expected {
    /** Flavour of the app, `c` or `ort`. */
    val flavour: String = checkNotNull(System.getProperty("engine"))

    private val made = File(checkNotNull(System.getProperty("neurolite.made")))

    fun rows(name: String): List<Map<*, *>> =
        file("$name-$flavour.jsonl").readLines().map { Json.parse(it) as Map<*, *> }

    fun file(name: String): File = File(made, name)
}

fun Map<*, *>.string(name: String): String = getValue(name) as String

fun Map<*, *>.number(name: String): Double = (getValue(name) as Number).toDouble()

fun Map<*, *>.flag(name: String): Boolean = getValue(name) as Boolean
