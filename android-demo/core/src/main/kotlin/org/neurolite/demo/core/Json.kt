package org.neurolite.demo.core

import java.math.BigDecimal
import java.math.MathContext
import java.nio.ByteBuffer
import java.nio.charset.CharacterCodingException

/**
 * JSON (RFC 8259), read strictly. Of our own, as Android's `org.json` and the one for desktops differ in what they let
 * through and in the types of numbers, and files must read alike on both.
 *
 * Values are Map<String, Any?>, List<Any?>, String, Long, Double, Boolean and null; a whole number is a Long.
 */
public object Json {
    /** @throws IllegalArgumentException it is no JSON, has a name twice, or a number beyond Double. */
    public fun parse(text: String): Any? = JsonReader(text).whole()

    /** @throws IllegalArgumentException it is no UTF-8, or no JSON. */
    internal fun parse(content: ByteArray, from: Int, size: Int): Any? =
        try {
            parse(Charsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content, from, size)).toString())
        } catch (error: CharacterCodingException) {
            throw IllegalArgumentException("It is no UTF-8.", error)
        }

    /** On one line with sorted keys, as Python's `json.dumps(..., sort_keys=True, separators=(",", ":"))`. */
    public fun write(value: Any?, ascii: Boolean = false): String =
        StringBuilder().also { JsonWriter(it, ascii).write(value) }.toString()

    /** A number as Python writes it: the fewest digits that give the same Double. */
    public fun number(value: Double): String {
        require(!value.isNaN() && !value.isInfinite()) { "JSON has no $value." }
        if (value == 0.0) return if (1 / value < 0) "-0.0" else "0.0"
        val exact = BigDecimal(value)
        val short = (1..MOST_DIGITS).asSequence()
            .map { exact.round(MathContext(it)) }
            .first { it.toDouble() == value }
            .stripTrailingZeros()
        val exponent = short.precision() - short.scale() - 1
        if (exponent in LEAST_PLAIN until MOST_PLAIN) {
            val plain = short.toPlainString()
            return if ('.' in plain) plain else "$plain.0"
        }
        val digits = short.unscaledValue().abs().toString()
        val mantissa = if (digits.length == 1) digits else "${digits[0]}.${digits.substring(1)}"
        val power = Math.abs(exponent).toString().padStart(2, '0')
        return (if (value < 0) "-" else "") + mantissa + (if (exponent < 0) "e-" else "e+") + power
    }

    private const val MOST_DIGITS = 17
    private const val LEAST_PLAIN = -4
    private const val MOST_PLAIN = 16
}

private class JsonWriter(private val out: StringBuilder, private val ascii: Boolean) {
    fun write(value: Any?) {
        when (value) {
            null, is Boolean, is Int, is Long -> out.append(value)
            is Double -> out.append(Json.number(value))
            is Float -> out.append(Json.number(value.toDouble()))
            is String -> string(value)
            is Map<*, *> -> map(value)
            is List<*> -> list(value)
            else -> throw IllegalArgumentException("JSON has no ${value.javaClass.name}.")
        }
    }

    private fun map(value: Map<*, *>) {
        out.append('{')
        value.entries.sortedBy { it.key as String }.forEachIndexed { at, (key, item) ->
            if (at > 0) out.append(',')
            string(key as String)
            out.append(':')
            write(item)
        }
        out.append('}')
    }

    private fun list(value: List<*>) {
        out.append('[')
        value.forEachIndexed { at, item ->
            if (at > 0) out.append(',')
            write(item)
        }
        out.append(']')
    }

    private fun string(text: String) {
        out.append('"')
        for (char in text) {
            val short = SHORT.indexOf(char)
            when {
                short >= 0 -> out.append('\\').append(LETTERS[short])
                char < ' ' || char.isSurrogate() || (ascii && char > '~') ->
                    out.append("\\u").append(char.code.toString(16).padStart(4, '0'))
                else -> out.append(char)
            }
        }
        out.append('"')
    }

    private companion object {
        const val SHORT = "\"\\\n\r\t\b\u000c"
        const val LETTERS = "\"\\nrtbf"
    }
}

private class JsonReader(private val text: String) {
    private var at = 0

    fun whole(): Any? {
        val value = value(0)
        blanks()
        if (at < text.length) fail()
        return value
    }

    private fun value(depth: Int): Any? {
        if (depth > DEEPEST) fail()
        blanks()
        return when (peek()) {
            '{' -> map(depth)
            '[' -> list(depth)
            '"' -> string()
            't' -> word("true", true)
            'f' -> word("false", false)
            'n' -> word("null", null)
            else -> number()
        }
    }

    private fun map(depth: Int): Map<String, Any?> {
        val found = LinkedHashMap<String, Any?>()
        items('}') {
            if (peek() != '"') fail()
            val key = string()
            blanks()
            take(':')
            if (key in found) fail()
            found[key] = value(depth + 1)
        }
        return found
    }

    private fun list(depth: Int): List<Any?> {
        val found = ArrayList<Any?>()
        items(']') { found += value(depth + 1) }
        return found
    }

    private inline fun items(end: Char, item: () -> Unit) {
        at++
        blanks()
        if (peek() == end) {
            at++
            return
        }
        while (true) {
            blanks()
            item()
            blanks()
            if (peek() == end) break
            take(',')
        }
        at++
    }

    private fun string(): String {
        val found = StringBuilder()
        at++
        while (peek() != '"') {
            val char = text[at++]
            when {
                char < ' ' -> fail()
                char != '\\' -> found.append(char)
                else -> found.append(escaped())
            }
        }
        at++
        return found.toString()
    }

    private fun escaped(): Char {
        val letter = peek()
        at++
        if (letter == 'u') {
            val end = at + HEX_DIGITS
            if (end > text.length) fail()
            val digits = text.substring(at, end)
            if (!digits.all { it in '0'..'9' || it in 'a'..'f' || it in 'A'..'F' }) fail()
            at = end
            return digits.toInt(HEX).toChar()
        }
        val place = "\"\\/nrtbf".indexOf(letter)
        if (place < 0) fail()
        return "\"\\/\n\r\t\b\u000c"[place]
    }

    private fun number(): Any {
        val match = NUMBER.find(text, at)
        if (match == null || match.range.first != at) fail()
        at = match.range.last + 1
        val whole = if (match.value.any { it in ".eE" }) null else match.value.toLongOrNull()
        return whole ?: match.value.toDouble().also { if (it.isInfinite()) fail() }
    }

    private fun <T> word(word: String, value: T): T {
        if (!text.startsWith(word, at)) fail()
        at += word.length
        return value
    }

    private fun blanks() {
        while (at < text.length && text[at] in " \t\r\n") at++
    }

    private fun peek(): Char = if (at < text.length) text[at] else fail()

    private fun take(char: Char) {
        if (peek() != char) fail()
        at++
    }

    private fun fail(): Nothing = throw IllegalArgumentException("It is no JSON at character $at.")

    private companion object {
        const val DEEPEST = 100
        const val HEX_DIGITS = 4
        const val HEX = 16
        val NUMBER = Regex("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?")
    }
}
