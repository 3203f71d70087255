package org.neurolite.demo.core.learning

/** float32 to float16, to the nearest, of equals the even one; as bits. */
internal fun halfOf(value: Float): Short {
    val bits = value.toRawBits()
    val sign = (bits ushr 16) and 0x8000
    val size = bits and 0x7FFFFFFF
    val half = when {
        size > INFINITY -> 0x7E00
        size >= TOO_LARGE -> 0x7C00
        size < LEAST_NORMAL -> subnormal(size)
        else -> rounded(size - BIAS, SHIFT)
    }
    return (sign or half).toShort()
}

/** The number of these bits; exact. */
internal fun floatOf(half: Short): Float {
    val bits = half.toInt()
    val sign = (bits and 0x8000) shl 16
    val exponent = (bits ushr 10) and 0x1F
    val fraction = bits and 0x3FF
    return when (exponent) {
        0 -> (fraction * SMALLEST_HALF).let { if (sign != 0) -it else it }
        0x1F -> Float.fromBits(sign or INFINITY or (fraction shl SHIFT))
        else -> Float.fromBits(sign or ((exponent shl 23) + BIAS) or (fraction shl SHIFT))
    }
}

private fun subnormal(size: Int): Int {
    val shift = SUBNORMAL - (size ushr 23)
    if (shift > 25) return 0
    return rounded((size and 0x7FFFFF) or 0x800000, shift)
}

private fun rounded(bits: Int, shift: Int): Int {
    val half = 1 shl (shift - 1)
    val rest = bits and ((1 shl shift) - 1)
    val found = bits ushr shift
    return if (rest > half || (rest == half && found and 1 == 1)) found + 1 else found
}

private const val SHIFT = 13
private const val BIAS = 112 shl 23
private const val INFINITY = 0x7F800000
private const val TOO_LARGE = 0x477FF000 // from here on, the nearest is infinite
private const val LEAST_NORMAL = 0x38800000
private const val SUBNORMAL = 126
private const val SMALLEST_HALF = 1f / (1 shl 24)
