package org.neurolite.demo.core

import java.io.File
import java.io.FileOutputStream
import java.io.IOException
import java.nio.file.Files
import java.nio.file.StandardCopyOption

/**
 * Writes a file so that a reader has the old content or all of the new one, also after a crash.
 *
 * @throws InputException the folder cannot be written.
 */
internal fun writeAtomically(file: File, content: ByteArray) {
    val folder = file.absoluteFile.parentFile
    val part = File.createTempFile(".${file.name}.", null, folder)
    try {
        FileOutputStream(part).use {
            it.write(content)
            it.fd.sync()
        }
        Files.move(part.toPath(), file.toPath(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING)
    } catch (error: IOException) {
        throw InputException("${file.name} cannot be written (${error.message}). Make room on the device.", error)
    } finally {
        part.delete()
    }
}
