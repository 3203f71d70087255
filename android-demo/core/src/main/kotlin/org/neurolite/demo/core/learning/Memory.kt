package org.neurolite.demo.core.learning

import java.nio.ShortBuffer
import kotlin.math.abs
import kotlin.math.pow

/** A stored example; of one that is gone, the row stays. */
internal class Row(val id: Int, var label: Int, var strength: Double, var clock: Long, val vector: FloatArray) {
    var text: ByteArray = ByteArray(0)
    var alive: Boolean = true
    val exact: DoubleArray by lazy(LazyThreadSafetyMode.NONE) { doubles(vector) }
}

/** The prototypes of all labels that have examples: vectors of length 1, of how many texts, and whose. */
internal class Table(
    val labels: List<Int>,
    val units: List<FloatArray>,
    val counts: List<Double>,
    val owners: List<Int>,
    val groups: List<List<Int>>,
)

/** What a store's records come to; [apply] is the only way in. */
internal class Memory(val header: Header) {
    val names = LinkedHashMap<Int, String>()
    var clock: Long = header.clock
        private set
    var nextId: Long = header.nextId
        private set
    var nextLabel: Int = header.labels.size
        private set

    /** Whether a fit of neurolite-learn is about these examples. */
    var fitted: Boolean = false
        private set

    private val rows = ArrayList<Row>()
    private val byId = HashMap<Int, Row>()
    private val same = HashMap<ShortBuffer, MutableList<Int>>()
    private val corrections = ArrayList<Record.Correction>()
    private val kept = HashMap<Int, Prototypes>()
    private var lastId = 0
    private var table: Table? = null

    init {
        header.labels.forEachIndexed { number, name -> names[number] = name }
    }

    val size: Int get() = byId.size

    /** Rows that a file has, those of examples that are gone too. */
    val rowCount: Int get() = rows.size

    /** Examples that are there, in the order of their ids. */
    val examples: List<Row> get() = rows.filter { it.alive }

    fun has(id: Int): Boolean = id in byId

    fun row(id: Int): Row = byId[id] ?: throw MalformedException("the example $id, which is not there")

    fun rowAt(place: Int): Row = rows[place]

    fun number(name: String): Int? = names.entries.firstOrNull { it.value == name }?.key

    /** Ids of the examples that have exactly this vector. */
    fun sameAs(vector: ShortArray): List<Int> = same[ShortBuffer.wrap(vector)] ?: emptyList()

    fun strength(row: Row): Double =
        row.strength * 2.0.pow(-maxOf(0L, clock - row.clock) / header.settings.halfLife.toDouble())

    fun prototypes(label: Int): Prototypes =
        kept.getOrPut(label) {
            val found = Prototypes(header.settings) { rows[it].exact }
            rows.forEachIndexed { place, row -> if (row.alive && row.label == label) found.observe(place) }
            found
        }

    fun table(): Table = table ?: newTable().also { table = it }

    private fun newTable(): Table {
        val labels = rows.filter { it.alive }.map { it.label }.distinct().sorted()
        val own = labels.map(::prototypes)
        val units = own.flatMap { it.means }.map { mean ->
            unit(mean).let { exact -> FloatArray(exact.size) { exact[it].toFloat() } }
        }
        val owners = own.flatMapIndexed { place, item -> List(item.means.size) { place } }
        return Table(labels, units, own.flatMap { it.counts() }, owners, own.flatMap { it.members })
    }

    /**
     * Takes a record.
     *
     * @throws MalformedException it speaks of what is not there.
     */
    fun apply(record: Record) {
        if (record !is Record.NewLabel && record !is Record.Example && record !is Record.Correction &&
            record !is Record.Weights
        ) {
            clock++
        }
        when (record) {
            is Record.NewLabel -> name(record)
            is Record.Example -> remember(record)
            is Record.Removal -> remove(row(record.id))
            is Record.Relabel -> move(row(record.id), record.label)
            is Record.Use -> use(record)
            is Record.Merge -> merge(record)
            is Record.Forget -> forget(record.label)
            is Record.Weights -> fit(record)
            is Record.Correction -> corrections += record.also { row(it.id) }
        }
        table = null
    }

    private fun name(record: Record.NewLabel) {
        if (record.number != nextLabel || number(record.name) != null) {
            throw MalformedException("a label that is there already, or whose number is not the next")
        }
        names[record.number] = record.name
        nextLabel++
    }

    private fun remember(record: Record.Example) {
        requireLabel(record.label)
        if (record.id <= lastId) throw MalformedException("an example whose id is not above those before it")
        if (rows.size == MAX_EXAMPLES) throw MalformedException("more than $MAX_EXAMPLES examples")
        val vector = FloatArray(record.vector.size) { floatOf(record.vector[it]) }
        val row = Row(record.id, record.label, record.strength.toDouble(), record.clock, vector)
        row.text = record.text
        rows += row
        byId[record.id] = row
        same.getOrPut(ShortBuffer.wrap(record.vector)) { ArrayList() } += record.id
        lastId = record.id
        nextId = maxOf(nextId, record.id + 1L)
        clock = maxOf(clock, record.clock)
        fitted = false
        kept[record.label]?.observe(rows.lastIndex)
    }

    private fun remove(row: Row) {
        row.alive = false
        row.text = ByteArray(0)
        byId.remove(row.id)
        same.getValue(ShortBuffer.wrap(halves(row.vector))).remove(row.id)
        corrections.removeAll { it.id == row.id }
        changed(row.label)
    }

    private fun move(row: Row, label: Int) {
        requireLabel(label)
        changed(row.label, label)
        row.label = label
    }

    private fun use(record: Record.Use) {
        val learning = header.settings.learning
        for ((id, reward) in record.rewards) {
            val row = row(id)
            val now = strength(row)
            row.strength = now + learning * abs(reward.toDouble()) * ((if (reward > 0) 1.0 else 0.0) - now)
            row.clock = clock
        }
    }

    private fun merge(record: Record.Merge) {
        requireLabel(record.source)
        requireLabel(record.into)
        if (record.source == record.into) throw MalformedException("a label that is merged with itself")
        for (row in rows) if (row.label == record.source) row.label = record.into
        changed(record.source, record.into)
        names.remove(record.source)
    }

    private fun forget(label: Int) {
        requireLabel(label)
        for (row in rows) if (row.alive && row.label == label) remove(row)
        changed(label)
        names.remove(label)
    }

    private fun fit(record: Record.Weights) {
        if (record.labels.toSet() != examples.map { it.label }.toSet()) {
            throw MalformedException("weights of other labels than those that have examples")
        }
        fitted = true
    }

    private fun changed(vararg labels: Int) {
        labels.forEach { kept.remove(it) }
        fitted = false
    }

    private fun requireLabel(label: Int) {
        if (label !in names) throw MalformedException("the label number $label, which is not there")
    }

    /** A header and records that come to the same, without what is gone. */
    fun compacted(): Pair<Header, List<Record>> {
        val numbers = names.keys.withIndex().associate { (new, old) -> old to new }
        val short = header.copy(
            labels = names.values.toList(), clock = minOf(clock, Header.MOST_EVENTS), nextId = nextId,
        )
        val restated = examples.map {
            Record.Example(
                it.id, numbers.getValue(it.label), minOf(it.clock, Header.MOST_EVENTS), it.strength.toFloat(),
                halves(it.vector), it.text,
            )
        }
        return short to restated + corrections.map { Record.Correction(it.id, numbers[it.answered] ?: NO_LABEL) }
    }
}

internal fun halves(vector: FloatArray): ShortArray = ShortArray(vector.size) { halfOf(vector[it]) }
