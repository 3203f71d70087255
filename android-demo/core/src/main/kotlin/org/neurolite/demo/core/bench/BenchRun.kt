package org.neurolite.demo.core.bench

import org.neurolite.demo.core.Json

/** The artifact that was measured. */
public data class Subject(
    val name: String,
    val kind: String,
    val precision: String,
    val file: String,
    val sizeBytes: Long,
    val sha256: String,
    val parameters: Int,
    val runtime: String,
    val threads: Int,
)

/** How long opening took and the first answer, in milliseconds; null where it was not timed. */
public data class Loads(val firstLoad: Double?, val laterLoad: Double?, val firstAnswer: Double?)

/** Memory of the app in bytes, and how it was read; null where the system does not tell. */
public data class MemoryUse(val before: Long?, val loaded: Long?, val after: Long?, val source: String)

/** Thermal status, `none` to `shutdown`, and whether the system saves power; null where it does not tell. */
public data class Conditions(val thermalBefore: String?, val thermalAfter: String?, val powerSaving: Boolean?)

/**
 * One run of the benchmark screen, and the report that is shared: `neurolite-bench compare` reads it.
 *
 * @property app name and version, a word each.
 * @property device what is known of it, by name.
 * @property startedAt ISO 8601, UTC.
 * @property wanted samples of each length.
 * @property samples nanoseconds of each call, by words.
 * @property left the screen was left, or the app went to the background.
 * @property error that ended it.
 * @property warnings why figures may be worth less.
 */
public data class BenchRun(
    val app: List<String>,
    val device: Map<String, Any?>,
    val startedAt: String,
    val seconds: Double,
    val subject: Subject,
    val loads: Loads,
    val wanted: Int,
    val samples: Map<Int, LongArray>,
    val memory: MemoryUse,
    val conditions: Conditions,
    val left: Boolean = false,
    val error: String? = null,
    val warnings: List<String> = emptyList(),
) {
    /** Whether the figures are a result. */
    public val valid: Boolean get() = whyNot() == null

    /** The first reason for which the figures are no result; null where they are one. */
    public fun whyNot(): String? =
        when {
            error != null -> "it failed: $error"
            left -> "the app was left while it ran"
            else -> WORDS.firstNotNullOfOrNull(::unfit) ?: unfitConditions()
        }

    private fun unfit(words: Int): String? {
        val own = samples[words] ?: LongArray(0)
        return when {
            own.size < wanted -> "texts of $words words were timed ${own.size} times of $wanted"
            own.any { it < 1 } -> "a text of $words words took no time: the clock is too coarse"
            else -> null
        }
    }

    private fun unfitConditions(): String? {
        val (before, after) = conditions.thermalBefore to conditions.thermalAfter
        return when {
            loads.firstLoad == null || loads.laterLoad == null || loads.firstAnswer == null ->
                "it was not timed from the opening on"
            conditions.powerSaving == true -> "the system saved power"
            listOfNotNull(before, after).any { THERMAL.indexOf(it) > WARMEST } ->
                "the device was warm: ${before ?: "unknown"} before, ${after ?: "unknown"} after"
            else -> null
        }
    }

    /** The report, with its seal; without figures where they are no result. */
    public fun toJson(): String = sealed(Json.write(report()))

    internal fun report(): Map<String, Any?> =
        mapOf(
            "schema_version" to SCHEMA_VERSION,
            "format" to "neurolite-bench",
            "command" to app,
            "started_at" to startedAt,
            "seconds" to seconds,
            "interrupted" to left,
            "device" to device,
            "conditions" to mapOf(
                "before" to mapOf("thermal" to conditions.thermalBefore, "power_saving" to conditions.powerSaving),
                "after" to mapOf("thermal" to conditions.thermalAfter),
            ),
            "options" to mapOf("runs" to wanted, "threads" to subject.threads),
            "texts" to mapOf(
                "source" to "app contract",
                "classes" to WORDS.associate { "$it words" to mapOf("words" to it) },
            ),
            "subjects" to listOf(described(whyNot())),
            "refusals" to emptyList<Any>(),
            "growth" to null,
            "verdicts" to emptyList<Any>(),
            "warnings" to warnings,
        )

    private fun described(reason: String?): Map<String, Any?> =
        mapOf(
            "name" to subject.name, "role" to "artifact", "kind" to subject.kind, "preset" to null,
            "precision" to subject.precision, "file" to subject.file, "size_bytes" to subject.sizeBytes,
            "compressed_bytes" to null, "sha256" to subject.sha256, "parameters" to subject.parameters,
            "runtime" to subject.runtime, "settings" to mapOf("threads" to subject.threads.toString()),
            "delegated" to null, "nodes" to null, "parity" to null,
            "starts" to if (reason == null) listOf(start()) else emptyList(),
            "memory" to emptyList<Any>(),
            "cases" to if (reason == null) WORDS.map(::timed) else emptyList(),
            "hash_share" to null, "hash_share_by" to null, "accuracy" to null, "accuracy_texts" to null,
            "train_seconds" to null, "sealed" to true, "not_timed" to null, "failure" to reason,
            "in_app" to mapOf(
                "valid" to (reason == null), "reason" to reason, "later_load_ms" to loads.laterLoad,
                "memory_before" to memory.before, "memory_loaded" to memory.loaded, "memory_after" to memory.after,
                "memory_source" to memory.source, "thermal_before" to conditions.thermalBefore,
                "thermal_after" to conditions.thermalAfter,
            ),
        )

    private fun start(): Map<String, Any?> =
        mapOf(
            "import_ms" to 0.0, "runtime_ms" to 0.0, "load_ms" to loads.firstLoad,
            "first_answer_ms" to loads.firstAnswer, "evicted" to false,
        )

    private fun timed(words: Int): Map<String, Any?> {
        val own = samples.getValue(words)
        val case = mapOf(
            "name" to "$words words", "group" to "length", "words" to words, "batch" to 1, "threads" to subject.threads,
        )
        return mapOf(
            "case" to case, "samples_ns" to listOf(listOf(own.toList())), "summary" to Summary.of(own).toJson(),
        )
    }

    public companion object {
        /** Words of the texts that every benchmark screen times. */
        public val WORDS: List<Int> = listOf(12, 256)

        /** Thermal status in the order of Android's numbers. */
        public val THERMAL: List<String> =
            listOf("none", "light", "moderate", "severe", "critical", "emergency", "shutdown")
        private const val WARMEST = 1
        private const val SCHEMA_VERSION = 2
    }
}
