package org.neurolite.demo

import android.content.res.AssetManager
import java.io.FileInputStream
import java.io.IOException
import java.nio.ByteBuffer
import java.nio.channels.FileChannel
import org.neurolite.demo.core.Engine
import org.neurolite.demo.core.Generator
import org.neurolite.demo.core.Reader
import org.neurolite.demo.core.bench.BenchTexts

/** The packed models by name, opened when first wanted. Of the worker's thread alone. */
internal class Models(private val assets: AssetManager, val engine: Engine) {
    private val opened = HashMap<String, Reader>()
    private val generators = HashMap<String, Generator>()
    private val firsts = HashMap<String, First>()

    /** How long a model's first opening of this process took, and its first answer, in nanoseconds. */
    class First(val load: Long, val answer: Long)

    fun reader(name: String): Reader = opened.getOrPut(name) { open(name) }

    fun generator(name: String): Generator =
        generators.getOrPut(name) { Generator(reader(name).model, fileOf(name)) }

    /** Whether it is packed; of any thread. */
    fun has(name: String): Boolean = fileOf(name) in assets.list("").orEmpty()

    fun first(name: String): First? = firsts[name]

    fun fileOf(name: String): String = name + Flavour.SUFFIX

    /** The file's bytes: mapped where they lie in the package, which stores models as they are; else a copy. */
    fun content(name: String): ByteBuffer {
        try {
            assets.openFd(fileOf(name)).use { asset ->
                FileInputStream(asset.fileDescriptor).use { file ->
                    return file.channel.map(FileChannel.MapMode.READ_ONLY, asset.startOffset, asset.length)
                }
            }
        } catch (_: IOException) {
            return ByteBuffer.wrap(assets.open(fileOf(name)).use { it.readBytes() })
        }
    }

    fun close(name: String) {
        generators.remove(name)
        opened.remove(name)?.model?.close()
    }

    private fun open(name: String): Reader {
        val start = System.nanoTime()
        val reader = Reader(engine.open(content(name), fileOf(name)))
        val loaded = System.nanoTime()
        reader.answer(BenchTexts.SHORT)
        val answered = System.nanoTime()
        if (name !in firsts) firsts[name] = First(loaded - start, answered - loaded)
        return reader
    }

    companion object {
        const val INTENTS = "intents"
        const val DIALOGUES = "dialogues"
        const val ENGLISH = "english"

        /** What writes; packed where its engine has it. */
        const val WORDS = "nextwords"
    }
}
