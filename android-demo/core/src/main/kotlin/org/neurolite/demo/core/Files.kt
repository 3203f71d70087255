package org.neurolite.demo.core

import java.io.File
import java.io.FileOutputStream
import java.io.IOException
import java.nio.channels.FileChannel
import java.nio.file.Files
import java.nio.file.StandardCopyOption
import java.nio.file.StandardOpenOption

/**
 * Writes a file so that a reader has the old content or all of the new one, also after a crash.
 *
 * @throws InputException the folder cannot be written.
 */
internal fun writeAtomically(file: File, content: ByteArray) {
    val folder = file.absoluteFile.parentFile
    var part: File? = null
    try {
        part = File.createTempFile(".${file.name}.", null, folder)
        FileOutputStream(part).use {
            it.write(content)
            it.fd.sync()
        }
        Files.move(part.toPath(), file.toPath(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING)
        // The new name too, so that what was forgotten does not come back after a power cut.
        FileChannel.open(folder.toPath(), StandardOpenOption.READ).use { it.force(true) }
    } catch (error: IOException) {
        throw InputException("${file.name} cannot be written (${error.message}). Make room on the device.", error)
    } finally {
        part?.delete()
    }
}

/**
 * A file of any origin, which is read whole.
 *
 * @param refused makes the error of a message.
 */
internal fun readLimited(file: File, most: Long, refused: (String) -> InputException): ByteArray {
    if (file.length() > most) throw refused("${file.name} has more than $most bytes.")
    return try {
        file.readBytes()
    } catch (error: IOException) {
        throw refused("${file.name} cannot be read (${error.message}).")
    }
}
