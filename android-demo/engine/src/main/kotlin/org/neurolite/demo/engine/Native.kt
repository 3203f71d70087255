package org.neurolite.demo.engine

import java.nio.ByteBuffer
import java.nio.ByteOrder

/** What native/jni.c offers. Buffers are direct, and the caller keeps them as long as the model. */
internal object Native {
    const val OK = 0

    init {
        System.loadLibrary("neurolite_jni")
    }

    @JvmStatic external fun misalignment(buffer: ByteBuffer, alignment: Int): Int

    @JvmStatic external fun modelSize(): Int

    @JvmStatic external fun open(model: ByteBuffer, blob: ByteBuffer): Int

    @JvmStatic external fun verify(model: ByteBuffer): Int

    @JvmStatic external fun choosePath(model: ByteBuffer, path: Int): Int

    @JvmStatic external fun path(model: ByteBuffer): Int

    @JvmStatic external fun pathName(path: Int): ByteArray?

    @JvmStatic external fun statusText(status: Int): ByteArray

    @JvmStatic external fun metadata(model: ByteBuffer): ByteArray

    @JvmStatic external fun sizes(model: ByteBuffer): IntArray

    @JvmStatic external fun scratchSize(model: ByteBuffer): Long

    @JvmStatic
    external fun run(model: ByteBuffer, text: ByteBuffer, size: Int, results: ByteBuffer, scratch: ByteBuffer): Int

    /** What a status means, one sentence. */
    fun reason(status: Int): String = statusText(status).toString(Charsets.UTF_8)

    /** A direct buffer at a multiple of [ALIGNED], which memory of Java is not by itself. */
    fun aligned(size: Int): ByteBuffer {
        val whole = ByteBuffer.allocateDirect(size + ALIGNED)
        whole.position(misalignment(whole, ALIGNED))
        whole.limit(whole.position() + size)
        return whole.slice().order(ByteOrder.nativeOrder())
    }

    /** [content] itself where the runtime can read it in place, such as a file that is mapped; else a copy. */
    fun readable(content: ByteBuffer): ByteBuffer {
        if (content.isDirect) {
            val place = content.slice()
            if (misalignment(place, NEEDED) == 0) return place
        }
        return aligned(content.remaining()).also { it.put(content.duplicate()) }
    }

    /** A line of the processor's cache. */
    private const val ALIGNED = 64

    /** What the runtime asks of a blob. */
    private const val NEEDED = 8
}
