package org.neurolite.demo.runtime

import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.neurolite.demo.core.learning.Learner

/** What is taught by the package's encoder; the file stays, for neurolite-learn to read. */
class TeachingTest {
    private val lessons = mapOf(
        "lights off" to listOf("turn the lights off", "switch off the lamp"),
        "parcel" to listOf("my parcel has not arrived", "where is my package"),
    )

    @Test
    fun twoExamplesALabelAreEnoughToBegin() {
        val store = Made.file("taught.nls").apply { delete() }
        Made.open("english").use { model ->
            val learner = Learner.open(model, store)
            for ((label, texts) in lessons) texts.forEach { learner.add(label, it) }
            assertEquals("lights off", learner.classify("please switch the lights off").label)
            assertEquals("parcel", learner.classify("my package is not here yet").label)
            assertTrue(learner.classify("quantum entanglement of cats").abstained!!)
            assertEquals(1, learner.add("lights off", "turn the lights off"))
            assertEquals(5, learner.correct("where did you leave the thing i ordered", "parcel"))
            assertEquals("parcel", learner.classify("where did you leave the thing i ordered").label)
            val again = Learner.open(model, store)
            assertEquals(learner.labels(), again.labels())
            assertEquals(learner.classify("switch it off"), again.classify("switch it off"))
        }
    }
}
