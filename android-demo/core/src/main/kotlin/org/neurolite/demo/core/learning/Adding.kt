package org.neurolite.demo.core.learning

import org.neurolite.demo.core.InputException

/** The records that additions come to, and the ids of their examples, written or there already. */
internal class Additions(private val memory: Memory) {
    val records = ArrayList<Record>()
    val ids = ArrayList<Int>()
    private val new = HashMap<String, Int>()
    private val here = HashMap<Pair<Int, List<Short>>, Int>()

    /** An example; one that the label has already, to the last bit of its vector, is not written again. */
    fun add(label: String, vector: ShortArray, text: ByteArray) {
        val number = numberOf(label)
        val key = number to vector.toList()
        val known = here[key] ?: memory.sameAs(vector).firstOrNull { memory.row(it).label == number }
        if (known != null) {
            ids += known
            return
        }
        val example = newExample(memory, number, vector, text, here.size)
        records += example
        here[key] = example.id
        ids += example.id
    }

    /**
     * The number of a label, which is made where it is new.
     *
     * @throws InputException it cannot be called that, or there are too many.
     */
    fun numberOf(label: String): Int {
        (memory.number(label) ?: new[label])?.let { return it }
        problemOf(label)?.let { throw InputException("The label “$label” cannot be used: $it.") }
        val number = memory.nextLabel + new.size
        if (number >= MAX_LABELS) throw InputException("There are $MAX_LABELS labels; forget one that is not needed.")
        new[label] = number
        records += Record.NewLabel(number, label)
        return number
    }
}

/** The records of a text that has this label, whatever was answered before. */
internal class Correcting(private val memory: Memory, private val label: String, vector: ShortArray, text: ByteArray) {
    private val additions = Additions(memory)
    private val number = additions.numberOf(label)
    private val same = memory.sameAs(vector)
    private val stored = if (same.isEmpty()) newExample(memory, number, vector, text, 0) else null

    /** The example's id. */
    val id: Int = stored?.id ?: same[0]

    fun records(before: Learned?): List<Record> {
        val moved = same.filter { memory.row(it).label != number }.map { Record.Relabel(it, number) }
        val rewards = before?.evidence.orEmpty().filter { it.id !in same }
            .map { it.id to (if (it.label == label) 1f else -1f) }
        val used = if (rewards.isEmpty()) emptyList() else listOf(Record.Use(rewards))
        val answered = before?.let { memory.number(it.label) } ?: NO_LABEL
        return additions.records + moved + listOfNotNull(stored) + used + Record.Correction(id, answered)
    }

    companion object {
        /** Stored examples that a correction strengthens or weakens. */
        const val HEARD: Int = 8
    }
}

private fun newExample(memory: Memory, label: Int, vector: ShortArray, text: ByteArray, place: Int): Record.Example {
    val id = memory.nextId + place
    if (id > Int.MAX_VALUE || memory.rowCount + place >= MAX_EXAMPLES) {
        throw InputException("The store has no room for more examples. Begin a new one.")
    }
    val clock = minOf(memory.clock + 1 + place, Header.MOST_EVENTS)
    val kept = if (memory.header.texts) text else ByteArray(0)
    return Record.Example(id.toInt(), label, clock, BEGINNING, vector, kept)
}

/** The strength of a new example. */
private const val BEGINNING = 0.5f
