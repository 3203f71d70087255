package org.neurolite.demo.core

import java.nio.ByteBuffer

/** What follows a text: the logits of all entries, and the separators that stand behind its last word. */
internal class Behind(val logits: FloatArray, val rest: ByteArray)

/** What a generator reads of a text. */
internal abstract class Reading(private val most: Int) {
    abstract fun behind(text: ByteArray): Behind

    /** The word that a text ends in, with what stands before it; nothing where its end is a separator or a line. */
    fun typed(text: ByteArray): ByteArray {
        val tail = text.last(most)
        val words = spoken(tail)
        if (words.isEmpty() || words.last()[1] != tail.size || tail.last() == LINE_BREAK) return ByteArray(0)
        return tail.copyOfRange(if (words.size > 1) words[words.size - 2][1] else 0, tail.size)
    }

    protected fun ByteArray.last(count: Int): ByteArray = copyOfRange(maxOf(0, size - count), size)

    /** Words as a generator has them: line breaks are some. */
    protected fun spoken(text: ByteArray): List<IntArray> =
        TextCutter.words(ByteArray(text.size) { if (text[it] == LINE_BREAK) READ_AS else text[it] })

    protected fun ByteArray.behindWords(words: List<IntArray>): ByteArray =
        copyOfRange(if (words.isEmpty()) 0 else words.last()[1], size)

    protected companion object {
        /** Answers that are kept: who types a word, or takes it back, asks again. */
        const val KEPT = 8
        private const val LINE_BREAK = '\n'.code.toByte()
        private const val READ_AS = '|'.code.toByte()
    }
}

/** A model without a state is given the end of a text. */
internal class Window(private val model: Model) : Reading(model.metadata.maxBytes) {
    private val answers = LinkedHashMap<ByteBuffer, FloatArray>()

    override fun behind(text: ByteArray): Behind {
        val tail = text.last(model.metadata.maxBytes)
        val words = spoken(tail)
        // The first word of a tail may be the end of one.
        val first = maxOf(words.size - model.metadata.maxWords, if (tail.size < text.size) 1 else 0, 0)
        val start = if (first == 0) 0 else if (first < words.size) words[first][0] else tail.size
        return Behind(answer(tail.copyOfRange(start, tail.size)), tail.behindWords(words))
    }

    private fun answer(read: ByteArray): FloatArray {
        val key = ByteBuffer.wrap(read)
        answers[key]?.let { return it }
        if (answers.size >= KEPT) answers.remove(answers.keys.first())
        return model.run(read).logits.also { answers[key] = it }
    }
}

/** A model with a state reads each word once, and goes on from there. */
internal class Stream(private val model: Model) : Reading(model.metadata.maxBytes) {
    private class Mark(val read: ByteArray, val logits: FloatArray, val state: State)

    private val marks = ArrayList<Mark>()

    override fun behind(text: ByteArray): Behind {
        val words = spoken(text)
        val ends = listOf(0) + words.map { it[1] }
        var mark = longest(text, ends) ?: read(ByteArray(0), 0, null)
        var place = ends.indexOf(mark.read.size)
        while (place < words.size) {
            val next = upTo(words, place)
            mark = read(text.copyOf(ends[next]), words[place][0], mark.state)
            place = next
        }
        return Behind(mark.logits, text.behindWords(words))
    }

    /** Of what was read the longest that a text begins with, up to the end of a word. */
    private fun longest(text: ByteArray, ends: List<Int>): Mark? =
        marks.filter { it.read.size in ends && it.read.contentEquals(text.copyOf(it.read.size)) }
            .maxByOrNull { it.read.size }

    /** As many words as the model takes at once, one at least. The last is read by itself: it is being typed. */
    private fun upTo(words: List<IntArray>, place: Int): Int {
        val limits = model.metadata
        fun fits(next: Int) = next < words.size && next - place <= limits.maxWords &&
            words[next - 1][1] - words[place][0] <= limits.maxBytes
        var next = place + 1
        while (fits(next + 1)) next++
        return next
    }

    /** Of a text whose beginning was read before; a word that is longer than the model takes is left out. */
    private fun read(text: ByteArray, from: Int, state: State?): Mark {
        val own = if (text.size - from > model.metadata.maxBytes) ByteArray(0) else text.copyOfRange(from, text.size)
        val found = model.run(own, state)
        if (marks.size >= KEPT) marks.removeAt(0)
        return Mark(text, found.logits, found.state).also(marks::add)
    }
}
