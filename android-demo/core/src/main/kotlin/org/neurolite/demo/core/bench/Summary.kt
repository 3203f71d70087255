package org.neurolite.demo.core.bench

import kotlin.math.sqrt

/** Of the samples of a length, in milliseconds; the names are those of docs/bench-report.md. */
public data class Summary(
    val runs: Int,
    val p50: Double,
    val p90: Double,
    val p99: Double,
    val mean: Double,
    val deviation: Double,
    val min: Double,
    val max: Double,
) {
    internal fun toJson(): Map<String, Any?> =
        mapOf(
            "runs" to runs, "p50_ms" to p50, "p90_ms" to p90, "p99_ms" to p99, "mean_ms" to mean,
            "stdev_ms" to deviation, "min_ms" to min, "max_ms" to max, "interval_ms" to listOf(min, max),
            "repeat_medians_ms" to listOf(p50), "spread" to 0.0,
        )

    public companion object {
        /** @param nanos of each call, at least one. */
        public fun of(nanos: LongArray): Summary {
            val sorted = nanos.sortedArray()
            val mean = sorted.map { it / NANOS }.average()
            val squares = sorted.sumOf { (it / NANOS - mean) * (it / NANOS - mean) }
            return Summary(
                runs = sorted.size,
                p50 = percentile(sorted, 50),
                p90 = percentile(sorted, 90),
                p99 = percentile(sorted, 99),
                mean = mean,
                deviation = if (sorted.size > 1) sqrt(squares / (sorted.size - 1)) else 0.0,
                min = sorted.first() / NANOS,
                max = sorted.last() / NANOS,
            )
        }

        /** Interpolated linearly. */
        private fun percentile(sorted: LongArray, percent: Int): Double {
            val place = percent / 100.0 * (sorted.size - 1)
            val low = place.toInt()
            val next = minOf(low + 1, sorted.size - 1)
            return (sorted[low] + (place - low) * (sorted[next] - sorted[low])) / NANOS
        }

        internal const val NANOS: Double = 1e6
    }
}
