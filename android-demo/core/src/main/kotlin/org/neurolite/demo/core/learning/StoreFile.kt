package org.neurolite.demo.core.learning

import java.io.ByteArrayOutputStream
import java.io.File
import java.io.IOException
import java.io.RandomAccessFile
import java.nio.ByteBuffer
import java.nio.ByteOrder
import org.neurolite.demo.core.InputException
import org.neurolite.demo.core.StoreException
import org.neurolite.demo.core.writeAtomically

/** What a store's file holds, and how many of its bytes are whole: an addition that was torn is behind them. */
internal class StoreContent(val memory: Memory, val end: Int)

/**
 * Reads a store of any origin.
 *
 * @throws StoreException no store, of a newer version, damaged, or with a fit, by which an app does not answer.
 */
internal fun readStore(content: ByteArray, source: String): StoreContent {
    val (header, start) = Header.read(content, source)
    val memory = Memory(header)
    val buffer = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN)
    var place = start
    try {
        while (place < content.size) {
            val (record, end) = recordAt(content, buffer, place, header.dimension) ?: break
            memory.apply(record)
            place = end
        }
    } catch (error: MalformedException) {
        throw StoreException("$source is damaged at byte $place: ${error.message}. Restore a copy of it.", error)
    }
    if (memory.fitted) {
        throw StoreException("$source was fitted by neurolite-learn, which this app does not answer by. Add an example.")
    }
    return StoreContent(memory, place)
}

/** A record and where it ends; null where nothing but an unfinished addition is left. */
private fun recordAt(content: ByteArray, buffer: ByteBuffer, place: Int, dimension: Int): Pair<Record, Int>? {
    val start = place + PREFIX
    if (start > content.size) return null
    if (buffer.getInt(start - SUM) != crc32(content, place, start - SUM)) {
        if ((place until content.size).all { content[it] == 0.toByte() }) return null
        throw MalformedException("the beginning of a record has a wrong checksum")
    }
    val length = buffer.getInt(place)
    if (length !in 0..MAX_PAYLOAD) throw MalformedException("a record of more bytes than any can have")
    if (length > content.size - start - SUM) return null
    val end = start + length + SUM
    if (buffer.getInt(end - SUM) != crc32(content, start, end - SUM)) {
        if (end == content.size) return null
        throw MalformedException("a record has a wrong checksum")
    }
    return decode(buffer.getInt(place + SUM), content.copyOfRange(start, end - SUM), dimension) to end
}

/** A store as its file has it. */
internal fun storeBytes(header: Header, records: List<Record>): ByteArray {
    val out = ByteArrayOutputStream()
    out.write(header.toBytes())
    records.forEach { out.write(encode(it)) }
    return out.toByteArray()
}

/** The file of an open store: appended to durably, replaced atomically. */
internal class StoreFile(private val file: File, private var end: Long) {
    /**
     * Adds records; when this returns they are on the disk.
     *
     * @throws InputException they cannot be written; the file is as before.
     */
    fun append(records: List<Record>) {
        val out = ByteArrayOutputStream()
        records.forEach { out.write(encode(it)) }
        if (!file.exists()) throw InputException("${file.name} is gone. Open the app again.")
        if (end + out.size() > MOST_BYTES) throw InputException("${file.name} is full. Forget a label.")
        try {
            RandomAccessFile(file, "rw").use {
                it.setLength(end) // a torn addition goes
                it.seek(end)
                it.write(out.toByteArray())
                it.fd.sync()
            }
        } catch (error: IOException) {
            throw InputException("${file.name} cannot be written (${error.message}). Make room on the device.", error)
        }
        end += out.size()
    }

    fun replace(header: Header, records: List<Record>) {
        val content = storeBytes(header, records)
        writeAtomically(file, content)
        end = content.size.toLong()
    }

    /** All that is whole. */
    fun content(): ByteArray = file.readBytes().copyOf(end.toInt())

    /** Whether more than half of the file is of what is gone. */
    fun isWasteful(memory: Memory): Boolean {
        val each = 2 * memory.header.dimension + EACH
        val needed = memory.examples.sumOf { each.toLong() + it.text.size }
        return end > 2 * needed + WASTE
    }

    private companion object {
        const val EACH = 36
        const val WASTE = 1 shl 16
    }
}

/** Of a file that is read whole. */
internal const val MOST_BYTES: Long = 1L shl 30

private const val MAX_PAYLOAD = 4 * (1 shl 24) + 8 * MAX_LABELS + 4
