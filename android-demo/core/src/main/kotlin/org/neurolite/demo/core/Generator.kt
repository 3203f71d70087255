package org.neurolite.demo.core

import kotlin.math.exp

/** What is put behind a text as it stands, gap included; the whole word, which is shown; and how probable it is. */
public data class Suggestion(val text: String, val word: String, val score: Double)

/**
 * What follows texts, by a model that writes: docs/app-contract.md, "Next words". For one thread at a time.
 *
 * @throws ArtifactException the model is no generator.
 */
public class Generator(public val model: Model, source: String) {
    private val words: List<String>
    private val numbers: Map<String, Int>
    private val reading: Reading

    init {
        val metadata = model.metadata
        val labels = metadata.labels
        if (metadata.task != Metadata.GENERATION) {
            throw ArtifactException("$source is of the task ${metadata.task}, which writes nothing. Take a generator.")
        }
        if (labels.size <= FIRST_WORD || labels.take(FIRST.size) != FIRST) {
            throw ArtifactException("$source has labels that are no vocabulary. Export the model again.")
        }
        words = labels.drop(FIRST_WORD)
        numbers = words.withIndex().associate { (place, word) -> word to FIRST_WORD + place }
        reading = if (metadata.state.isEmpty()) Window(model) else Stream(model)
    }

    /** The most probable words behind a text, best first; the end of a text is none. */
    public fun suggest(text: String, count: Int = SHOWN): List<Suggestion> = suggest(utf8(text), count)

    /** Rests of the word that a text ends in; where nothing is being typed, as [suggest]. */
    public fun complete(text: String, count: Int = SHOWN): List<Suggestion> = complete(utf8(text), count)

    /** What a keyboard shows: rests of a word, and the words behind it as far as it is whole. */
    public fun offer(text: String, count: Int = SHOWN): List<Suggestion> = offer(utf8(text), count)

    internal fun suggest(text: ByteArray, count: Int): List<Suggestion> =
        scored(following(text), count) { piece(text, it) }

    internal fun complete(text: ByteArray, count: Int): List<Suggestion> {
        val typed = reading.typed(text)
        return if (typed.isEmpty()) suggest(text, count) else rests(text, typed, count)
    }

    internal fun offer(text: ByteArray, count: Int): List<Suggestion> {
        val typed = reading.typed(text)
        val rests = if (typed.isEmpty()) emptyList() else rests(text, typed, count)
        if (rests.isEmpty()) return suggest(text, count)
        val whole = whole(text, typed)
        val found = rests.mapTo(ArrayList()) { it.copy(score = it.score * (1 - whole)) }
        // What follows is less probable than the word itself.
        if (whole > 0 && (rests.size < count || found.last().score < whole)) {
            val others = suggest(text, count).filter { next -> rests.none { it.text == next.text } }
            others.mapTo(found) { it.copy(score = it.score * whole) }
        }
        return found.sortedByDescending { it.score }.take(count)
    }

    /** Of what may follow a text, minus infinity for what may not: a word with another gap than the text ends in. */
    private fun following(text: ByteArray): DoubleArray {
        val behind = reading.behind(text)
        val found = DoubleArray(behind.logits.size) { behind.logits[it].toDouble() }
        for (entry in 0 until FIRST_WORD) if (entry != END) found[entry] = NEVER
        if (behind.rest.isEmpty()) return found
        val gap = if (String(behind.rest, Charsets.UTF_8) == GAP) GAP else ""
        for ((place, word) in words.withIndex()) if (gapOf(word) != gap) found[FIRST_WORD + place] = NEVER
        return found
    }

    /** What an entry writes, without the gap that stands there already. */
    private fun piece(text: ByteArray, entry: Int): String {
        val word = words[entry - FIRST_WORD]
        val stands = text.isNotEmpty() && text.last().toInt() == GAP[0].code
        return if (stands) word.removePrefix(GAP) else word
    }

    private fun rests(text: ByteArray, typed: ByteArray, count: Int): List<Suggestion> {
        val logits = following(text.copyOf(text.size - typed.size))
        val own = String(typed, Charsets.UTF_8)
        val kept = DoubleArray(logits.size) { NEVER }
        for (entry in longer(own)) kept[entry] = logits[entry]
        return scored(kept, count) { words[it - FIRST_WORD].substring(own.length) }
    }

    private fun longer(typed: String): List<Int> =
        words.indices.filter { words[it].length > typed.length && words[it].startsWith(typed) }.map { FIRST_WORD + it }

    /** The share that the word has, as an entry, among all entries that begin with it. */
    private fun whole(text: ByteArray, typed: ByteArray): Double {
        val own = String(typed, Charsets.UTF_8)
        val logits = following(text.copyOf(text.size - typed.size))
        val entry = numbers[own]?.takeIf { logits[it] > NEVER } ?: return 0.0
        val rows = (listOf(entry) + longer(own)).map { logits[it] }
        val most = rows.max()
        return exp(rows[0] - most) / rows.sumOf { exp(it - most) }
    }

    private fun scored(logits: DoubleArray, count: Int, pieceOf: (Int) -> String): List<Suggestion> {
        logits[END] = NEVER
        val places = highest(logits, count)
        if (places.isEmpty()) return emptyList()
        val most = logits[places[0]]
        val total = logits.sumOf { exp(it - most) }
        return places.map {
            Suggestion(pieceOf(it), words[it - FIRST_WORD].removePrefix(GAP), exp(logits[it] - most) / total)
        }
    }

    private fun gapOf(word: String): String = if (word.startsWith(GAP)) GAP else ""

    private companion object {
        /** The entries that are no words: these, and the other bytes. */
        val FIRST = listOf("<unk>", "</s>", "<0x00>")
        const val FIRST_WORD = 258
        const val END = 1
        const val NEVER = Double.NEGATIVE_INFINITY

        /** What a word may have before it. */
        const val GAP = " "
        const val SHOWN = 3
    }
}

/** Places of the highest values that are numbers, best first, of equals the first: so many at most. */
private fun highest(values: DoubleArray, count: Int): List<Int> {
    val found = ArrayList<Int>(count + 1)
    for (place in values.indices) {
        val value = values[place]
        if (value == Double.NEGATIVE_INFINITY || (found.size == count && value <= values[found.last()])) continue
        var at = found.size
        while (at > 0 && values[found[at - 1]] < value) at--
        found.add(at, place)
        if (found.size > count) found.removeAt(count)
    }
    return found
}
