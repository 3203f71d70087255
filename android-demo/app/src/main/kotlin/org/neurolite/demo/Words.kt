package org.neurolite.demo

import android.content.Context
import java.text.NumberFormat
import org.neurolite.demo.core.InputException

/** A label as people write it: "restaurant_reservation" and "ReserveHotel" become words. */
internal fun readable(label: String): String {
    val words = label.replace('_', ' ').replace(Regex("(?<=[a-z])(?=[A-Z])"), " ").trim()
    if (words.length < 2 || words == words.uppercase()) return words
    val lower = words.split(' ').joinToString(" ") { if (it == it.uppercase()) it else it.lowercase() }
    return lower.replaceFirstChar(Char::uppercaseChar)
}

internal fun Context.percent(share: Double): String =
    getString(R.string.percent, NumberFormat.getIntegerInstance().format(Math.round(share * 100)))

/** A time with as many digits as mean something. */
internal fun Context.milliseconds(millis: Double): String {
    val digits = if (millis < 0.1) 3 else if (millis < 100) 2 else 0
    return getString(R.string.milliseconds, decimal(millis, digits))
}

internal fun decimal(value: Double, digits: Int): String =
    NumberFormat.getNumberInstance().also { it.maximumFractionDigits = digits }.format(value)

/** What people are told of it: the message of what was meant for them, else what it is. */
internal fun reason(error: Throwable): String = (error as? InputException)?.message ?: error.toString()

internal const val NANOS_PER_MILLI = 1e6
