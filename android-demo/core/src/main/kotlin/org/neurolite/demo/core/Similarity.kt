package org.neurolite.demo.core

import kotlin.math.abs
import kotlin.math.exp
import kotlin.math.sqrt

/**
 * What cosines of an encoder's vectors mean, once they are cut to [dimension] numbers and brought to length 1 again.
 *
 * @property agreement the mean cosine of two texts of one label, by which [steadied] takes out how many are in a mean.
 * @property scale with [offset]: in scope = sigmoid(scale * x + offset) of the highest steadied cosine x.
 * @property sharpness softmax(sharpness * steadied cosines) are the labels' scores.
 * @property threshold below it, in scope, a text better gets no answer.
 */
public data class Similarity(
    val dimension: Int,
    val agreement: Double,
    val scale: Double,
    val offset: Double,
    val sharpness: Double,
    val threshold: Double,
) {
    public fun inScope(steady: Double): Double = sigmoid(scale * steady + offset)

    internal fun canBe(): Boolean =
        dimension >= 1 && agreement > 0 && agreement <= 1 && scale > 0 && scale <= SHARPEST &&
            abs(offset) <= SHARPEST && sharpness > 0 && sharpness <= SHARPEST && threshold >= 0 && threshold < 1

    internal fun toJson(): Map<String, Any?> =
        mapOf(
            "dimension" to dimension,
            "agreement" to agreement,
            "scale" to scale,
            "offset" to offset,
            "sharpness" to sharpness,
            "threshold" to threshold,
        )

    internal companion object {
        const val SHARPEST: Double = 1e4
        private val NAMES = setOf("dimension", "agreement", "scale", "offset", "sharpness", "threshold")

        /** Of JSON from anywhere; null where it cannot be one. */
        fun of(value: Any?): Similarity? {
            if (value !is Map<*, *> || value.keys != NAMES) return null
            val dimension = (value["dimension"] as? Long)?.takeIf { it in 1..Int.MAX_VALUE } ?: return null
            fun number(name: String) = (value[name] as? Number)?.toDouble() ?: Double.NaN
            val found = Similarity(
                dimension.toInt(), number("agreement"), number("scale"), number("offset"), number("sharpness"),
                number("threshold"),
            )
            return found.takeIf { it.canBe() }
        }
    }
}

/** A cosine with a mean of [count] texts, as if it were the mean of one. */
internal fun steadied(cosine: Double, count: Double, agreement: Double): Double =
    cosine * sqrt(agreement + (1 - agreement) / maxOf(count, 1.0))

/** The first numbers of a vector, of length 1 again; zeros stay so. */
public fun cut(vector: FloatArray, dimension: Int): FloatArray {
    var sum = 0.0
    for (at in 0 until dimension) sum += vector[at].toDouble() * vector[at]
    val length = maxOf(sqrt(sum), SMALLEST)
    return FloatArray(dimension) { (vector[it] / length).toFloat() }
}

/** 1 / (1 + exp(-x)), without overflow. */
internal fun sigmoid(x: Double): Double {
    val power = exp(-abs(x))
    return (if (x >= 0) 1.0 else power) / (1 + power)
}

internal const val SMALLEST: Double = 1e-12
