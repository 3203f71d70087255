package org.neurolite.demo.core

/** UTF-8 of a string of any chars: a lone surrogate keeps its three bytes, as Python's `surrogatepass`. */
public fun utf8(text: String): ByteArray {
    val found = ByteArray(text.length * 3)
    var size = 0
    var at = 0
    while (at < text.length) {
        val code = text.codePointAt(at)
        at += Character.charCount(code)
        val more = moreBytes(code)
        found[size++] = (LEADS[more] or (code shr (BITS * more))).toByte()
        for (left in more - 1 downTo 0) {
            found[size++] = (0x80 or ((code shr (BITS * left)) and 0x3F)).toByte()
        }
    }
    return found.copyOf(size)
}

/** Bytes behind the first of a code point. */
internal fun moreBytes(code: Int): Int = if (code < 0x80) 0 else if (code < 0x800) 1 else if (code < 0x10000) 2 else 3

private const val BITS = 6
private val LEADS = intArrayOf(0x00, 0xC0, 0xE0, 0xF0)
