package org.neurolite.demo.runtime

import java.io.File
import org.junit.Assert.assertTrue
import org.junit.Assume.assumeTrue
import org.junit.Test
import org.neurolite.demo.core.Reader

class LeakTest {
    private val status = File("/proc/self/status")

    /** Resident memory of this process in kB; the heap is touched when the JVM starts, and so always counts alike. */
    private fun resident(): Long =
        status.readLines().first { it.startsWith("VmRSS:") }.filter(Char::isDigit).toLong()

    @Test
    fun tenThousandAnswersKeepNoMemory() {
        assumeTrue("There is no /proc.", status.isFile)
        val texts = Made.answers("intents").map { it["text"] as String }
        Made.open("intents").use { model ->
            val reader = Reader(model)
            fun answer(times: Int) = repeat(times) { reader.answer(texts[it % texts.size]) }
            answer(WARM)
            val before = resident()
            answer(TIMES)
            val grown = resident() - before
            println("$TIMES answers: resident memory grew by $grown kB")
            assertTrue("$grown kB", grown < MOST_KB)
        }
    }

    private companion object {
        const val WARM = 4_000
        const val TIMES = 10_000

        /** What the compiler of the JVM still makes; a leak of 1 kB an answer would be 10,000. */
        const val MOST_KB = 8_000
    }
}
