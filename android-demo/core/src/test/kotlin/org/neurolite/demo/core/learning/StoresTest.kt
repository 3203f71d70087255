package org.neurolite.demo.core.learning

import java.io.File
import java.nio.ByteBuffer
import java.nio.ByteOrder
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Assert.fail
import org.junit.Rule
import org.junit.Test
import org.junit.rules.TemporaryFolder
import org.neurolite.demo.core.InputException
import org.neurolite.demo.core.Json
import org.neurolite.demo.core.Metadata
import org.neurolite.demo.core.Outputs
import org.neurolite.demo.core.StoreException
import org.neurolite.demo.core.Toy
import org.neurolite.demo.core.Vectors
import org.neurolite.demo.core.bytesOf
import org.neurolite.demo.core.double
import org.neurolite.demo.core.floatsOf
import org.neurolite.demo.core.int
import org.neurolite.demo.core.items
import org.neurolite.demo.core.logits
import org.neurolite.demo.core.metadataOf
import org.neurolite.demo.core.stringOf
import org.neurolite.demo.core.text
import org.neurolite.demo.core.texts

class StoresTest {
    @get:Rule
    val folder = TemporaryFolder()

    private val vectors = Vectors.read("apps/stores.json")
    private val tolerance = vectors.double("tolerance")!!

    private fun metadata(artifact: Map<*, *>): Metadata {
        val labels = artifact.texts("labels")
        return metadataOf(
            "task" to if (labels.isEmpty()) "embedding" else "classification",
            "outputs" to if (labels.isEmpty()) listOf("embedding") else listOf("logits", "embedding"),
            "labels" to labels,
            *listOf("model_id", "name", "embedding_size", "max_bytes", "similarities", "threshold")
                .map { it to artifact[it] }.toTypedArray(),
        )
    }

    private fun begun(toy: Toy, begin: Map<*, *>, store: File): Learner {
        val settings = Settings.of(begin["settings"])!!
        return Learner.open(toy, store, begin.int("dimension"), begin["texts"] as Boolean, settings)
    }

    private fun told(toy: Toy, row: Map<*, *>) {
        val logits = if ("logits" in row) row.logits("logits") else FloatArray(0)
        toy.next = Outputs(words = 1, embedding = floatsOf(row.text("vector")), logits = logits)
    }

    private fun done(learner: Learner, row: Map<*, *>) {
        fun text() = stringOf(row.text("utf16"))
        when (row.text("do")) {
            "add" -> assertEquals(row.int("id"), learner.add(row.text("label"), text()))
            "correct" -> assertEquals(row.int("id"), learner.correct(text(), row.text("label")))
            "remove" -> learner.remove(row.int("id"))
            "merge" -> learner.merge(row.text("label"), row.text("into"))
            "forget" -> learner.forget(row.text("label"))
            "compact" -> learner.compact()
            "import" -> {
                val content = Vectors.file("apps/${row.text("file")}").readBytes()
                val ids = learner.mergeStore(content, row.text("file"))
                assertEquals((row["ids"] as List<*>).map { (it as Long).toInt() }, ids)
            }
            else -> fail("$row")
        }
    }

    private fun operated(toy: Toy, learner: Learner, row: Map<*, *>) {
        if ("vector" in row) told(toy, row)
        if (row["refused"] == true) {
            val asWanted = row.filterKeys { it != "id" } + ("id" to (row["id"] ?: -1L))
            assertThrows("$row", InputException::class.java) { done(learner, asWanted) }
        } else {
            done(learner, row)
        }
    }

    private fun near(name: String, wanted: Double?, found: Double?) {
        if (wanted == null || found == null) assertEquals(name, wanted, found) else assertEquals(name, wanted, found, tolerance)
    }

    private fun asked(name: String, toy: Toy, learner: Learner, row: Map<*, *>) {
        told(toy, row)
        val query = row.text("query")
        if (row["refused"] == true) {
            assertThrows(name, InputException::class.java) { learner.classify(query) }
            return
        }
        val found = learner.classify(query)
        val of = "$name, $query"
        assertEquals(of, row.text("label"), found.label)
        near(of, row.double("score"), found.score)
        near(of, row.double("in_scope"), found.inScope)
        assertEquals(of, row["abstained"], found.abstained)
        assertEquals(of, row.text("source"), found.source)
        for ((side, got) in listOf("learned" to found.learned, "trained" to found.trained)) {
            val wanted = row[side] as Map<*, *>?
            assertEquals(of, wanted?.get("label"), got?.label)
            near(of, wanted?.double("score"), got?.score)
            near(of, wanted?.double("in_scope"), got?.inScope)
        }
        val evidence = (row["evidence"] as List<*>).map { it as List<*> }
        assertEquals(of, evidence.map { (it[0] as Long).toInt() to it[1] }, found.evidence.map { it.id to it.label })
        evidence.zip(found.evidence) { want, got -> near(of, (want[2] as Number).toDouble(), got.cosine) }
    }

    /** The header's JSON, and the records behind it. */
    private fun parts(content: ByteArray): Pair<Any?, ByteArray> {
        val length = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN).getInt(12)
        val end = 16 + length
        return Json.parse(String(content, 16, length)) to content.copyOfRange(end + 4, content.size)
    }

    @Test
    fun whatIsTaughtIsTheSameFileAndTheSameAnswers() {
        for (case in vectors.items("cases")) {
            val name = case.text("name")
            val toy = Toy(metadata(case["artifact"] as Map<*, *>))
            val store = File(folder.root, case.text("file"))
            val learner = begun(toy, case["begin"] as Map<*, *>, store)
            for (row in case.items("operations")) {
                operated(toy, learner, row)
                assertEquals("$name: $row", row.int("record_bytes"), parts(store.readBytes()).second.size)
            }
            val (header, records) = parts(store.readBytes())
            val (wantedHeader, wantedRecords) = parts(Vectors.file("apps/${case.text("file")}").readBytes())
            assertEquals(name, wantedHeader, header)
            assertArrayEquals(name, wantedRecords, records)
            for (opened in listOf(learner, Learner.open(toy, store))) {
                val labels = (case["labels"] as List<*>).map { row ->
                    (row as List<*>).let { Label(it[0] as String, (it[1] as Long).toInt(), (it[2] as Long).toInt()) }
                }
                assertEquals(name, labels, opened.labels())
                val examples = (case["examples"] as List<*>).map { row -> (row as List<*>).map { "$it" } }
                assertEquals(name, examples, opened.examples().map { listOf("${it.id}", it.label) })
                case.items("queries").forEach { asked(name, toy, opened, it) }
            }
        }
    }

    private fun changed(row: Map<*, *>): ByteArray {
        var content = Vectors.file("apps/${row.text("of")}").readBytes()
        for (change in row["change"] as List<*>) {
            val (place, gone, come) = (change as List<*>)
            val at = (place as Long).toInt()
            val behind = at + (gone as Long).toInt()
            content = content.copyOf(at) + bytesOf(come as String) + content.copyOfRange(behind, content.size)
        }
        return content
    }

    @Test
    fun tornAdditionsAreLeftOut() {
        for (row in vectors.items("torn")) {
            val content = changed(row)
            assertEquals(row.text("name"), row.int("size"), content.size)
            val found = readStore(content, row.text("of"))
            assertEquals(row.text("name"), row.int("end"), found.end)
            assertEquals(row.text("name"), row.int("examples"), found.memory.size)
        }
    }

    @Test
    fun whatIsNoStoreOfThisModelIsRefused() {
        val plain = vectors.items("cases").first { it.text("name") == "plain" }
        val metadata = metadata(plain["artifact"] as Map<*, *>)
        for (row in vectors.items("refused")) {
            val error = assertThrows(row.text("name"), StoreException::class.java) {
                readStore(changed(row), "a.nls").memory.header.check(metadata, "a.nls")
            }
            val said = when (row.text("why")) {
                "not a store" -> "is no store"
                "newer version" -> "is of another version"
                "not this version" -> "header that this version does not know"
                "another encoder" -> "of another encoder"
                "fitted" -> "was fitted"
                else -> "is damaged"
            }
            assertEquals("${row.text("name")}: ${error.message}", true, said in error.message!!)
        }
    }

    @Test
    fun usesBehindTheLastEventAreWritten() {
        val header = Header(
            "0".repeat(32), "toy", 1, 1, true, null, false, Settings(), listOf("chess"), Header.MOST_EVENTS,
        )
        val memory = Memory(header)
        memory.apply(Record.Example(1, 0, Header.MOST_EVENTS, 0.5f, shortArrayOf(halfOf(1f)), ByteArray(0)))
        memory.apply(Record.Use(listOf(1 to 1f)))
        assertEquals(Header.MOST_EVENTS, (memory.compacted().second.single() as Record.Example).clock)
    }

    @Test
    fun whatCannotBeReadOrWrittenIsSaid() {
        val plain = vectors.items("cases").first { it.text("name") == "plain" }
        val toy = Toy(metadata(plain["artifact"] as Map<*, *>))
        assertThrows(StoreException::class.java) { Learner.open(toy, folder.root) }
        assertThrows(InputException::class.java) { Learner.open(toy, File(folder.root, "no/store.nls")) }
        Learner.open(toy, File(folder.root, "store.nls")).compact()
        assertEquals(listOf("store.nls"), folder.root.list()!!.toList())
    }

    @Test
    fun numbersAreHalvedToTheNearest() {
        for (row in vectors["halves"] as List<*>) {
            val (single, half) = (row as List<*>).map { it as String }
            val wanted = ByteBuffer.wrap(bytesOf(half)).order(ByteOrder.LITTLE_ENDIAN).getShort()
            assertEquals(single, wanted, halfOf(floatsOf(single)[0]))
        }
        for (bits in 0..0xFFFF) {
            val value = floatOf(bits.toShort())
            if (!value.isNaN()) assertEquals(bits.toShort(), halfOf(value))
        }
    }

    @Test
    fun whatAnotherLearnerWroteIsAnsweredAlike() {
        for (name in listOf("plain", "changed", "cut", "split", "classifier", "measured", "unmeasured")) {
            val wanted = Vectors.read("learning/$name.json")
            val content = Vectors.file("learning/$name.nls").readBytes()
            val answers = (wanted["answers"] as Map<*, *>).items("prototypes")
            if (answers.any { it["by"] != "prototypes" }) {
                assertThrows(name, StoreException::class.java) { readStore(content, name) }
                continue
            }
            val memory = readStore(content, name).memory
            val labels = (wanted["labels"] as List<*>).map { row -> (row as List<*>).map { "$it" } }
            val counts = memory.examples.groupingBy { it.label }.eachCount()
            assertEquals(
                name, labels,
                memory.names.map { (at, own) ->
                    listOf(own, "${counts[at] ?: 0}", "${memory.prototypes(at).means.size}")
                },
            )
            val trained = wanted["trained"] as Map<*, *>
            for (row in answers) {
                val similarity = memory.header.similarity.takeUnless { memory.header.ownFirst } ?: measured(memory)
                    ?: memory.header.similarity
                val vector = floatsOf(row.text("vector"))
                val beside = row["logits"]?.let {
                    Trained(trained.texts("labels"), row.logits("logits"), trained.double("threshold"))
                }
                val known = memory.sameAs(halves(vector)).lastOrNull()
                    ?.let { memory.names.getValue(memory.row(it).label) }
                val taught = taught(memory, vector, similarity)
                val found = answered(taught, beside, similarity?.threshold, known, emptyList())
                assertEquals(name, row.text("label"), found.label)
                near(name, row.double("score"), found.score)
                near(name, row.double("in_scope"), found.inScope)
                assertEquals(name, row["abstained"], found.abstained)
                assertEquals(name, row.text("source"), found.source)
            }
        }
    }
}
