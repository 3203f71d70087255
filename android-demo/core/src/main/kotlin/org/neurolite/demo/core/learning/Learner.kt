package org.neurolite.demo.core.learning

import java.io.File
import org.neurolite.demo.core.InputException
import org.neurolite.demo.core.Metadata
import org.neurolite.demo.core.Model
import org.neurolite.demo.core.Outputs
import org.neurolite.demo.core.Similarity
import org.neurolite.demo.core.StoreException
import org.neurolite.demo.core.TextCutter
import org.neurolite.demo.core.cut
import org.neurolite.demo.core.readLimited
import org.neurolite.demo.core.utf8
import org.neurolite.demo.core.writeAtomically

/** A taught label, with how many examples it has, and how many prototypes stand for them. */
public data class Label(val name: String, val examples: Int, val prototypes: Int)

/**
 * What is taught on the device: labels by examples, in a store `.nls` beside the model, which stays as it is.
 *
 * For one thread at a time; an app has one for each store.
 */
public class Learner private constructor(
    private val model: Model,
    private val file: StoreFile,
    private var memory: Memory,
) {
    private val metadata: Metadata = model.metadata
    private var similarity: Lazy<Similarity?> = calibrated()

    /** How many examples are stored. */
    public val size: Int get() = memory.size

    /** In the order in which they came. */
    public fun labels(): List<Label> {
        val counts = memory.examples.groupingBy { it.label }.eachCount()
        return memory.names.map { (number, name) ->
            Label(name, counts[number] ?: 0, memory.prototypes(number).means.size)
        }
    }

    /** Those that are stored, of one label or of all, in the order of their ids. */
    public fun examples(label: String? = null): List<Evidence> {
        val number = label?.let(::numberOf)
        return memory.examples.filter { number == null || it.label == number }.map { evidence(it, 1.0) }
    }

    /**
     * Stores an example; when this returns, it is on the disk.
     *
     * @return its id; that of the stored one where the label has exactly this text already.
     * @throws InputException a label that cannot be, a text without words, or a store that cannot be written.
     */
    public fun add(label: String, text: String): Int {
        val data = read(text)
        val found = Additions(memory).apply { add(label, embedded(data, text), data) }
        write(found.records)
        return found.ids.single()
    }

    /** The user says which label a text has: it is stored, or gets the label where it is stored already. */
    public fun correct(text: String, label: String): Int {
        val data = read(text)
        val vector = embedded(data, text)
        val before = if (memory.size > 0) classify(text, Correcting.HEARD) else null
        val correcting = Correcting(memory, label, vector, data)
        write(correcting.records(before))
        return correcting.id
    }

    /** Forgets an example; [compact] then takes it from the disk too. */
    public fun remove(id: Int) {
        if (!memory.has(id)) throw InputException("There is no example $id.")
        write(listOf(Record.Removal(id)))
    }

    /** A label's examples get another label, which may be new; the label is gone. */
    public fun merge(label: String, into: String) {
        val source = numberOf(label)
        if (label == into) throw InputException("“$label” is merged with itself; name two labels.")
        val additions = Additions(memory)
        val target = additions.numberOf(into)
        write(additions.records + Record.Merge(source, target))
    }

    /** A label is gone with its examples, from the disk too. */
    public fun forget(label: String) {
        write(listOf(Record.Forget(numberOf(label))))
        compact()
    }

    /**
     * Takes over the examples of another store of this encoder; those that are here stay once.
     *
     * @return the ids of all of them here.
     * @throws StoreException damaged, or of another encoder.
     * @throws InputException of vectors of another length, or it keeps no texts and this one does.
     */
    public fun mergeStore(content: ByteArray, source: String): List<Int> {
        val other = readStore(content, source).memory
        other.header.check(metadata, source)
        if (other.header.dimension != memory.header.dimension) {
            throw InputException("$source holds vectors of ${other.header.dimension} numbers, this store others.")
        }
        if (memory.header.texts && !other.header.texts) {
            throw InputException("$source keeps no texts, and this store does.")
        }
        val additions = Additions(memory)
        for (row in other.examples) {
            additions.add(other.names.getValue(row.label), halves(row.vector), row.text)
        }
        write(additions.records)
        return additions.ids
    }

    /** Writes the file anew without what is gone, atomically. */
    public fun compact() {
        val (header, records) = memory.compacted()
        file.replace(header, records)
        memory = Memory(header).also { new -> records.forEach(new::apply) }
        similarity = calibrated()
    }

    /** The file `.nls` as it is, without an addition that was torn: neurolite-learn reads it. */
    public fun export(): ByteArray = file.content()

    /**
     * An answer to a text; writes nothing.
     *
     * @param evidence how many of the nearest examples to give.
     * @throws InputException nothing was taught yet, and the model has no labels of its own.
     */
    public fun classify(text: String, evidence: Int = 3): Learned {
        val trained = metadata.task == Metadata.CLASSIFICATION
        if (memory.size == 0 && !trained) {
            throw InputException("Nothing was taught yet. Add a label with an example.")
        }
        return answer(model.run(read(text)), evidence)
    }

    private fun answer(outputs: Outputs, evidence: Int): Learned {
        val vector = cut(outputs.embedding, memory.header.dimension)
        val trained = if (metadata.task == Metadata.CLASSIFICATION) {
            Trained(metadata.labels, outputs.logits, metadata.threshold)
        } else {
            null
        }
        if (memory.size == 0) return answered(null, trained, null, null, emptyList())
        val known = memory.sameAs(halves(vector)).lastOrNull()
            ?.let { memory.names.getValue(memory.row(it).label) }
        val means = similarity.value
        return answered(taught(memory, vector, means), trained, means?.threshold, known, nearest(vector, evidence))
    }

    private fun nearest(vector: FloatArray, count: Int): List<Evidence> =
        memory.examples.map { it to dot(it.vector, vector).toFloat() }
            .sortedByDescending { it.second }
            .take(count)
            .map { (row, cosine) -> evidence(row, cosine.toDouble()) }

    private fun evidence(row: Row, cosine: Double): Evidence {
        val text = if (memory.header.texts) String(row.text, Charsets.UTF_8) else null
        return Evidence(row.id, memory.names.getValue(row.label), text, cosine, memory.strength(row))
    }

    private fun calibrated(): Lazy<Similarity?> =
        lazy(LazyThreadSafetyMode.NONE) {
            val brought = memory.header.similarity
            if (brought != null && !memory.header.ownFirst) brought else measured(memory) ?: brought
        }

    private fun numberOf(label: String): Int =
        memory.number(label) ?: throw InputException("There is no label “$label”.")

    private fun read(text: String): ByteArray = TextCutter.cut(utf8(text), metadata.maxBytes).bytes

    private fun embedded(data: ByteArray, text: String): ShortArray {
        val vector = cut(model.run(data).embedding, memory.header.dimension)
        if (vector.all { it == 0f }) throw InputException("“$text” has no words to learn from; give another text.")
        return halves(vector)
    }

    private fun write(records: List<Record>) {
        if (records.isEmpty()) return
        file.append(records)
        records.forEach(memory::apply)
        similarity = calibrated()
    }

    public companion object {
        /**
         * Opens a store, or begins one where there is none.
         *
         * @param dimension to which a new store cuts vectors; by default not at all.
         * @param texts whether a new store keeps texts.
         * @throws StoreException damaged, of another encoder, or a newer version.
         * @throws InputException the model gives no vectors, or the file cannot be written.
         */
        public fun open(
            model: Model,
            store: File,
            dimension: Int? = null,
            texts: Boolean = true,
            settings: Settings = Settings(),
        ): Learner {
            val begun = Header.of(model.metadata, dimension, texts, settings)
            if (!store.exists()) writeAtomically(store, begun.toBytes())
            val found = readStore(readLimited(store, MOST_BYTES) { StoreException(it) }, store.name)
            found.memory.header.check(model.metadata, store.name)
            val file = StoreFile(store, found.end.toLong())
            return Learner(model, file, found.memory).also { if (file.isWasteful(found.memory)) it.compact() }
        }
    }
}
