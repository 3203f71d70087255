package org.neurolite.demo.engine

import java.io.File
import java.io.IOException
import java.nio.ByteBuffer
import java.nio.ByteOrder

/**
 * Whether an ARM64 processor has dot products. The C runtime cannot ask by itself, as it links no C library; the kernel
 * hands the same numbers to every process, pairs of kind and value in /proc/self/auxv.
 */
internal object Processor {
    val isArm64: Boolean get() = System.getProperty("os.arch") in setOf("aarch64", "arm64")

    fun hasDotProducts(): Boolean =
        isArm64 && try {
            hasDotProducts(File("/proc/self/auxv").readBytes())
        } catch (error: IOException) {
            false // a file that cannot be read says nothing; the slower instructions are always there
        }

    fun hasDotProducts(vector: ByteArray): Boolean {
        val pairs = ByteBuffer.wrap(vector).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer()
        while (pairs.remaining() >= 2) {
            val kind = pairs.get()
            val value = pairs.get()
            if (kind == CAPABILITIES) return value shr DOT_PRODUCTS and 1L == 1L
        }
        return false
    }

    private const val CAPABILITIES = 16L
    private const val DOT_PRODUCTS = 20
}
