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
            val grown = ArrayList<Long>()
            do {
                val before = resident()
                answer(TIMES)
                grown += resident() - before
            } while (grown.last() >= MOST_KB && grown.size < ROUNDS)
            println("$TIMES answers, again and again: resident memory grew by $grown kB")
            assertTrue("$grown kB", grown.last() < MOST_KB)
        }
    }

    private companion object {
        /** Of the first the JVM's compiler takes some MB; a leak takes them of every one. */
        const val ROUNDS = 4
        const val TIMES = 10_000

        /** A leak of 1 kB an answer would be 10,000. */
        const val MOST_KB = 4_000
    }
}
