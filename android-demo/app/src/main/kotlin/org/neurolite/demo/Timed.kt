package org.neurolite.demo

/** What was found, and how long that took. */
internal class Timed<T>(val value: T, val millis: Double)

internal inline fun <T> timed(work: () -> T): Timed<T> {
    val start = System.nanoTime()
    val value = work()
    return Timed(value, (System.nanoTime() - start) / NANOS_PER_MILLI)
}
