package org.neurolite.demo

import java.nio.ByteBuffer
import java.security.MessageDigest
import java.text.SimpleDateFormat
import java.util.Date
import java.util.Locale
import java.util.TimeZone
import org.neurolite.demo.core.Reader
import org.neurolite.demo.core.bench.BenchRun
import org.neurolite.demo.core.bench.BenchTexts
import org.neurolite.demo.core.bench.Conditions
import org.neurolite.demo.core.bench.Loads
import org.neurolite.demo.core.bench.MemoryUse
import org.neurolite.demo.core.bench.Subject

/**
 * One run of the benchmark screen, on the worker's thread.
 *
 * @param progress gets parts of the whole, 0 to 100.
 */
internal class Benchmark(
    private val models: Models,
    private val device: Device,
    private val version: String,
    private val progress: (Int) -> Unit,
) {
    /** The screen was left: what follows would be measured of an app that the system holds back. */
    @Volatile var left = false

    private val samples = HashMap<Int, LongArray>()

    fun run(name: String): BenchRun {
        val begun = System.nanoTime()
        val started = utc(Date())
        // Its first opening was timed when it was, in this run or before.
        val reader = models.reader(name)
        val first = models.first(name)
        val subject = subject(name, reader)
        models.close(name)
        System.gc() // what was opened before counts no more
        val before = device.memory()
        val thermal = device.thermal()
        val opening = timed { models.reader(name) }
        // It includes a first answer, as every opening of the app does.
        val loaded = device.memory()
        val error = runCatching { measure(opening.value) }.exceptionOrNull()
        return BenchRun(
            app = listOf("NeuroLite", "for", "Android", version),
            device = device.facts,
            startedAt = started,
            seconds = (System.nanoTime() - begun) / NANOS_PER_MILLI / MILLIS_PER_SECOND,
            subject = subject,
            loads = Loads(first?.load?.millis(), opening.millis, first?.answer?.millis()),
            wanted = WANTED,
            samples = samples,
            memory = MemoryUse(before, loaded, device.memory(), if (before == null) "" else Device.MEMORY_SOURCE),
            conditions = Conditions(thermal, device.thermal(), device.powerSaving),
            left = left,
            error = error?.let(::reason),
            warnings = device.warnings,
        )
    }

    private fun measure(reader: Reader) {
        val texts = listOf(BenchTexts.SHORT, BenchTexts.LONG)
        for ((at, text) in texts.withIndex()) {
            repeat(WARM_UP) { reader.answer(text) }
            val times = LongArray(WANTED)
            var done = 0
            while (done < WANTED && !left) {
                val start = System.nanoTime()
                reader.answer(text)
                times[done++] = System.nanoTime() - start
                if (done % PART == 0) progress((at * WANTED + done) * PERCENT / (WANTED * texts.size))
            }
            samples[BenchRun.WORDS[at]] = times.copyOf(done)
        }
    }

    private fun subject(name: String, reader: Reader): Subject {
        val metadata = reader.metadata
        val content = models.content(name)
        return Subject(
            name = "$name ${models.engine.name} ${metadata.precision}",
            kind = metadata.target,
            precision = metadata.precision,
            file = models.fileOf(name),
            sizeBytes = content.remaining().toLong(),
            sha256 = sha256(content),
            parameters = metadata.parameters,
            runtime = models.engine.runtime,
            threads = THREADS,
        )
    }

    companion object {
        /** Samples of each length. */
        const val WANTED = 500

        /** Both runtimes are opened with one. */
        const val THREADS = 1
        private const val WARM_UP = 50
        private const val PART = 50
        private const val PERCENT = 100
        private const val MILLIS_PER_SECOND = 1e3

        private fun Long.millis(): Double = this / NANOS_PER_MILLI

        private fun utc(date: Date): String =
            SimpleDateFormat("yyyy-MM-dd'T'HH:mm:ss+00:00", Locale.ROOT)
                .also { it.timeZone = TimeZone.getTimeZone("UTC") }
                .format(date)

        private fun sha256(content: ByteBuffer): String {
            val digest = MessageDigest.getInstance("SHA-256").also { it.update(content.duplicate()) }.digest()
            return digest.joinToString("") { byte -> String.format(Locale.ROOT, "%02x", byte) }
        }
    }
}
