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

    fun file(name: String): File = File(made, name)
}

internal fun Map<*, *>.string(name: String): String = checkNotNull(this[name]) as String

internal fun Map<*, *>.number(name: String): Double = (checkNotNull(this[name]) as Number).toDouble()

internal fun Map<*, *>.flag(name: String): Boolean = checkNotNull(this[name]) as Boolean
