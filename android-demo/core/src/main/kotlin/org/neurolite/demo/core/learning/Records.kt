package org.neurolite.demo.core.learning

import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.nio.charset.CharacterCodingException
import java.nio.charset.CodingErrorAction
import java.util.zip.CRC32
import kotlin.math.abs
import kotlin.math.sqrt

/** One entry of a store; docs/learning.md has the format byte by byte. */
internal sealed class Record {
    class NewLabel(val number: Int, val name: String) : Record()

    /** @property vector float16 as bits, of length 1. */
    class Example(
        val id: Int,
        val label: Int,
        val clock: Long,
        val strength: Float,
        val vector: ShortArray,
        val text: ByteArray,
    ) : Record()

    class Removal(val id: Int) : Record()

    class Relabel(val id: Int, val label: Int) : Record()

    class Use(val rewards: List<Pair<Int, Float>>) : Record()

    class Merge(val source: Int, val into: Int) : Record()

    class Forget(val label: Int) : Record()

    /** A fit of neurolite-learn: until an example is added, it would answer in place of prototypes. */
    class Weights(val labels: List<Int>) : Record()

    /** @property answered the label that was given, or [NO_LABEL]. */
    class Correction(val id: Int, val answered: Int) : Record()
}

/** What no writer of the format makes; the message says what is wrong. */
internal class MalformedException(message: String) : Exception(message)

internal const val NO_LABEL: Int = -1
internal const val MAX_LABELS: Int = 10_000
internal const val MAX_LABEL_LENGTH: Int = 256
internal const val MAX_EXAMPLES: Int = 1_000_000
internal const val MAX_USES: Int = 64
internal const val MAX_DIMENSION: Int = 4_096

/** Bytes before a payload: its length, kind, and a checksum of both. */
internal const val PREFIX: Int = 12
internal const val SUM: Int = 4

internal fun crc32(content: ByteArray, from: Int, to: Int): Int =
    CRC32().apply { update(content, from, to - from) }.value.toInt()

/** Why a label cannot be called that; null where it can. Its length is counted in code points. */
internal fun problemOf(name: String): String? {
    val length = name.codePointCount(0, name.length)
    val alone = name.codePoints().anyMatch { it in 0xD800..0xDFFF }
    return when {
        length !in 1..MAX_LABEL_LENGTH -> "it must have 1 to $MAX_LABEL_LENGTH characters"
        alone -> "it has half a character"
        else -> null
    }
}

/** A record as it stands in the file. */
internal fun encode(record: Record): ByteArray {
    val (kind, payload) = when (record) {
        is Record.NewLabel -> 1 to bytes(SUM, record.name.toByteArray()) { putInt(record.number) }
        is Record.Example -> 2 to encoded(record)
        is Record.Removal -> 3 to bytes(SUM) { putInt(record.id) }
        is Record.Relabel -> 4 to bytes(2 * SUM) { putInt(record.id).putInt(record.label) }
        is Record.Use -> 5 to bytes(SUM + 2 * SUM * record.rewards.size) {
            putInt(record.rewards.size)
            record.rewards.forEach { (id, reward) -> putInt(id).putFloat(reward) }
        }
        is Record.Merge -> 6 to bytes(2 * SUM) { putInt(record.source).putInt(record.into) }
        is Record.Forget -> 7 to bytes(SUM) { putInt(record.label) }
        is Record.Weights -> throw IllegalArgumentException("Fits are written by neurolite-learn alone.")
        is Record.Correction -> 9 to bytes(2 * SUM) { putInt(record.id).putInt(record.answered) }
    }
    val head = bytes(2 * SUM) { putInt(payload.size).putInt(kind) }
    return bytes(PREFIX + payload.size + SUM) {
        put(head).putInt(crc32(head, 0, head.size)).put(payload).putInt(crc32(payload, 0, payload.size))
    }
}

private fun encoded(record: Record.Example): ByteArray =
    bytes(EXAMPLE + 2 * record.vector.size, record.text) {
        putInt(record.id).putInt(record.label).putInt(record.clock.toInt()).putFloat(record.strength)
        putInt(record.text.size)
        record.vector.forEach { putShort(it) }
    }

private fun bytes(size: Int, behind: ByteArray = ByteArray(0), fill: ByteBuffer.() -> Unit): ByteArray {
    val buffer = ByteBuffer.allocate(size + behind.size).order(ByteOrder.LITTLE_ENDIAN)
    buffer.fill()
    return buffer.put(behind).array()
}

/**
 * A record of a payload whose checksum was right.
 *
 * @throws MalformedException it cannot be what its kind says.
 */
internal fun decode(kind: Int, payload: ByteArray, dimension: Int): Record {
    val buffer = ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN)
    fun numbers(count: Int): IntArray {
        if (payload.size != count * SUM) throw MalformedException("a record of the wrong length")
        return IntArray(count) { buffer.getInt() }
    }
    return when (kind) {
        1 -> label(buffer, payload)
        2 -> example(buffer, payload, dimension)
        3 -> Record.Removal(numbers(1)[0])
        4 -> numbers(2).let { Record.Relabel(it[0], it[1]) }
        5 -> use(buffer, payload)
        6 -> numbers(2).let { Record.Merge(it[0], it[1]) }
        7 -> Record.Forget(numbers(1)[0])
        8 -> weights(buffer, payload, dimension)
        9 -> numbers(2).let { Record.Correction(it[0], it[1]) }
        else -> throw MalformedException("a record of the kind $kind, which this version does not know")
    }
}

private fun label(buffer: ByteBuffer, payload: ByteArray): Record {
    require(payload.size >= SUM, "a label without a number")
    val number = buffer.getInt()
    val name = try {
        Charsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPORT).decode(buffer).toString()
    } catch (_: CharacterCodingException) {
        throw MalformedException("a label that is no text")
    }
    require(number in 0 until MAX_LABELS && problemOf(name) == null, "a label whose number or name cannot be")
    return Record.NewLabel(number, name)
}

private fun example(buffer: ByteBuffer, payload: ByteArray, dimension: Int): Record {
    val start = EXAMPLE + 2 * dimension
    require(payload.size >= start, "an example that is cut short")
    val (id, label, clock) = Triple(buffer.getInt(), buffer.getInt(), buffer.getInt().toLong() and UNSIGNED)
    val strength = buffer.getFloat()
    val size = buffer.getInt()
    require(size in 0..MAX_TEXT && payload.size == start + size, "an example whose length is not that of its text")
    val vector = ShortArray(dimension) { buffer.getShort() }
    val length = sqrt(vector.sumOf { half -> floatOf(half).toDouble().let { it * it } })
    require(abs(length - 1) <= LENGTH_SLACK, "an example whose vector is not of length 1")
    require(id > 0 && strength >= 0 && strength <= 1, "an example whose id or strength is out of range")
    return Record.Example(id, label, clock, strength, vector, payload.copyOfRange(start, payload.size))
}

private fun use(buffer: ByteBuffer, payload: ByteArray): Record {
    require(payload.size >= SUM, "uses that are cut short")
    val count = buffer.getInt()
    require(count in 0..MAX_USES && payload.size == SUM + 2 * SUM * count, "uses that are not as many as they say")
    val rewards = List(count) { buffer.getInt() to buffer.getFloat() }
    require(rewards.all { (_, reward) -> reward >= -1 && reward <= 1 }, "a reward that is not from -1 to 1")
    return Record.Use(rewards)
}

private fun weights(buffer: ByteBuffer, payload: ByteArray, dimension: Int): Record {
    require(payload.size >= SUM, "weights that are cut short")
    val count = buffer.getInt()
    require(count in 2..MAX_LABELS, "weights of a number of labels that cannot be")
    val numbers = (dimension + 1L) * count
    require(payload.size.toLong() == SUM * (1L + count + numbers), "weights that are not as many as they say")
    val labels = List(count) { buffer.getInt() }
    val finite = (0 until numbers).all { buffer.getFloat().let { value -> !value.isNaN() && !value.isInfinite() } }
    require(finite && labels.toSet().size == count, "weights that are not finite, or of one label twice")
    return Record.Weights(labels)
}

private fun require(holds: Boolean, otherwise: String) {
    if (!holds) throw MalformedException(otherwise)
}

private const val EXAMPLE = 20
private const val MAX_TEXT = 65_536
private const val LENGTH_SLACK = 0.01
private const val UNSIGNED = 0xFFFFFFFFL
