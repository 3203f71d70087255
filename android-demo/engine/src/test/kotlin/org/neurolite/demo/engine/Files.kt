package org.neurolite.demo.engine

import java.io.File
import java.nio.ByteBuffer
import java.nio.channels.FileChannel
import java.nio.file.StandardOpenOption

/** A model that was made of the package. */
internal fun made(name: String): File = File(checkNotNull(System.getProperty("neurolite.made")), name)

internal fun mapped(file: File): ByteBuffer =
    FileChannel.open(file.toPath(), StandardOpenOption.READ).use { it.map(FileChannel.MapMode.READ_ONLY, 0, it.size()) }
