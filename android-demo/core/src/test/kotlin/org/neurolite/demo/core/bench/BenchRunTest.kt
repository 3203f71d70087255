package org.neurolite.demo.core.bench

import org.junit.Assert.assertEquals
import org.junit.Test
import org.neurolite.demo.core.Json
import org.neurolite.demo.core.Vectors
import org.neurolite.demo.core.double
import org.neurolite.demo.core.int
import org.neurolite.demo.core.items
import org.neurolite.demo.core.text
import org.neurolite.demo.core.texts

class BenchRunTest {
    private val vectors = Vectors.read("apps/statistics.json")
    private val tolerance = vectors.double("tolerance")!!

    private fun run(screen: Map<*, *>): BenchRun {
        val memory = (screen["memory"] as List<*>).map { it as Long? }
        val thermal = (screen["thermal"] as List<*>).map { it as String? }
        @Suppress("UNCHECKED_CAST")
        return BenchRun(
            app = screen.texts("app"),
            device = screen["device"] as Map<String, Any?>,
            startedAt = screen.text("started_at"),
            seconds = screen.double("seconds")!!,
            subject = Subject(
                screen.text("name"), screen.text("kind"), screen.text("precision"), screen.text("file"),
                screen["size_bytes"] as Long, screen.text("sha256"), screen.int("parameters"), screen.text("runtime"),
                screen.int("threads"),
            ),
            loads = Loads(
                screen.double("first_load_ms"), screen.double("later_load_ms"), screen.double("first_answer_ms"),
            ),
            wanted = screen.int("wanted"),
            samples = (screen["samples_ns"] as Map<*, *>).entries.associate { (words, own) ->
                (words as String).toInt() to (own as List<*>).map { it as Long }.toLongArray()
            },
            memory = MemoryUse(memory[0], memory[1], memory[2], screen.text("memory_source")),
            conditions = Conditions(thermal[0], thermal[1], screen["power_saving"] as Boolean?),
            left = screen["left"] as Boolean,
            error = screen["error"] as String?,
            warnings = screen.texts("warnings"),
        )
    }

    private fun near(name: String, wanted: Any?, found: Any?) {
        when (wanted) {
            is Number -> assertEquals(name, wanted.toDouble(), (found as Number).toDouble(), tolerance)
            is Map<*, *> -> {
                assertEquals(name, wanted.keys, (found as Map<*, *>).keys)
                wanted.forEach { (key, value) -> near("$name.$key", value, found[key]) }
            }
            is List<*> -> {
                assertEquals(name, wanted.size, (found as List<*>).size)
                wanted.zip(found) { want, got -> near(name, want, got) }
            }
            else -> assertEquals(name, wanted, found)
        }
    }

    @Test
    fun samplesAreSummedUp() {
        for (row in vectors.items("summaries")) {
            val nanos = (row["samples_ns"] as List<*>).map { it as Long }.toLongArray()
            near(row.text("name"), row["summary"], Summary.of(nanos).toJson())
        }
    }

    @Test
    fun aRunThatIsNoResultNeverReadsAsOne() {
        var reports = 0
        for (row in vectors.items("screens")) {
            val run = run(row["screen"] as Map<*, *>)
            assertEquals(row.text("name"), row["reason"], run.whyNot())
            assertEquals(row.text("name"), row["valid"], run.valid)
            val shared = Json.parse(run.toJson()) as Map<*, *>
            val subject = shared.items("subjects").single()
            assertEquals(row.text("name"), run.valid, (subject["cases"] as List<*>).isNotEmpty())
            val wanted = row["report"] as Map<*, *>? ?: continue
            near(row.text("name"), wanted, shared - "neurolite.sha256")
            reports++
        }
        assertEquals(2, reports)
    }

    @Test
    fun reportsAreSealed() {
        for (row in vectors.items("seals")) assertEquals(row.text("sealed"), sealed(row.text("content")))
    }

    @Test
    fun theTextsAreThoseOfEveryApp() {
        val texts = vectors["texts"] as Map<*, *>
        assertEquals(mapOf("12" to BenchTexts.SHORT, "256" to BenchTexts.LONG), texts)
    }
}
