package org.neurolite.demo.core.learning

import kotlin.math.sqrt
import org.neurolite.demo.core.SMALLEST

/** Sums of float64, as on every platform. */
internal fun dot(a: DoubleArray, b: DoubleArray): Double {
    var sum = 0.0
    for (at in a.indices) sum += a[at] * b[at]
    return sum
}

internal fun dot(a: FloatArray, b: FloatArray): Double {
    var sum = 0.0
    for (at in a.indices) sum += a[at].toDouble() * b[at]
    return sum
}

internal fun doubles(values: FloatArray): DoubleArray = DoubleArray(values.size) { values[it].toDouble() }

/** Of length 1; zeros stay so. */
internal fun unit(values: DoubleArray): DoubleArray {
    val length = maxOf(sqrt(dot(values, values)), SMALLEST)
    return DoubleArray(values.size) { values[it] / length }
}

internal fun sum(vectors: List<DoubleArray>): DoubleArray {
    val found = DoubleArray(vectors[0].size)
    for (vector in vectors) for (at in found.indices) found[at] += vector[at]
    return found
}

internal fun mean(vectors: List<DoubleArray>): DoubleArray {
    val found = sum(vectors)
    return DoubleArray(found.size) { found[it] / vectors.size }
}

/** The first place with the highest value. */
internal inline fun highest(count: Int, value: (Int) -> Double): Int {
    var found = 0
    var best = Double.NEGATIVE_INFINITY
    for (at in 0 until count) {
        val own = value(at)
        if (own > best) {
            best = own
            found = at
        }
    }
    return found
}
