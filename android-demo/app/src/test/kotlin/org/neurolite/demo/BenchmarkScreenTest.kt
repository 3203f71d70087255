package org.neurolite.demo

import android.content.Intent
import android.widget.LinearLayout
import android.widget.TextView
import java.io.File
import java.security.MessageDigest
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.neurolite.demo.core.Json
import org.robolectric.Shadows.shadowOf

@RunWith(SharedNativesRunner::class)
class BenchmarkScreenTest {
    private fun benchmark(use: (Stage) -> Unit) = Stage().use { stage ->
        stage.choose(R.id.tab_benchmark)
        use(stage)
    }

    private fun Stage.measure() {
        click(R.id.benchmark, R.id.run)
        await("figures") { isShown(R.id.benchmark, R.id.verdict) }
    }

    private fun Stage.figures(): Map<String, String> {
        val cards = find<LinearLayout>(R.id.benchmark, R.id.figures)
        return (0 until cards.childCount).flatMap { card ->
            val rows = cards.getChildAt(card) as LinearLayout
            (1 until rows.childCount).map { row ->
                val (name, value) = listOf(R.id.name, R.id.share)
                    .map { rows.getChildAt(row).findViewById<TextView>(it).text.toString() }
                "${rows.getChildAt(0).let { (it as TextView).text }} / $name" to value
            }
        }.toMap()
    }

    private fun Stage.shared(): Map<*, *> {
        click(R.id.benchmark, R.id.share_report)
        val chooser = shadowOf(activity).nextStartedActivity
        @Suppress("DEPRECATION")
        val sent = chooser.getParcelableExtra<Intent>(Intent.EXTRA_INTENT)!!
        assertEquals("application/json", sent.type)
        val report = sent.getStringExtra(Intent.EXTRA_TEXT)!!
        File("build/pictures-${Expected.flavour}").mkdirs()
        File("build/pictures-${Expected.flavour}/report.json").writeText(report)
        return Json.parse(report) as Map<*, *>
    }

    private fun Map<*, *>.subject(): Map<*, *> = (this["subjects"] as List<*>).single() as Map<*, *>

    @Test
    fun everythingIsMeasuredAndShared() = benchmark { stage ->
        stage.measure()
        val verdict = stage.text(R.id.benchmark, R.id.verdict)
        assertTrue(verdict, verdict.startsWith("These figures count.") && "emulator" in verdict)
        val figures = stage.figures()
        assertEquals(16, figures.size)
        val times = figures.filter { it.key.startsWith("Time") || it.key.startsWith("Start") }
        assertEquals(9, times.size)
        assertTrue(times.toString(), times.values.all { Regex("[0-9.,]+ ms").matches(it) })
        val subject = stage.shared().subject()
        val model = Expected.file("intents" + Flavour.SUFFIX).readBytes()
        val digest = MessageDigest.getInstance("SHA-256").digest(model).joinToString("") { "%02x".format(it) }
        assertEquals(digest, subject["sha256"])
        assertEquals(model.size.toLong(), subject["size_bytes"])
        val cases = (subject["cases"] as List<*>).map { it as Map<*, *> }
        assertEquals(listOf(500L, 500L), cases.map { (it["summary"] as Map<*, *>)["runs"] })
        assertEquals(1, (subject["starts"] as List<*>).size)
    }

    @Test
    fun whatIsNotKnownIsNoFigure() = benchmark { stage ->
        stage.measure()
        val memory = stage.figures().filterKeys { it.startsWith("Memory") }.values
        assertEquals(List(3) { "not known" }, memory.toList()) // a desktop's Android has no PSS
    }

    @Test
    fun aScreenThatWasLeftHasNoFigures() = benchmark { stage ->
        stage.click(R.id.benchmark, R.id.run)
        stage.choose(R.id.tab_answer)
        stage.choose(R.id.tab_benchmark)
        stage.await("verdict") { stage.isShown(R.id.benchmark, R.id.verdict) }
        assertEquals("Not a result: the app was left while it ran", stage.text(R.id.benchmark, R.id.verdict))
        assertFalse(stage.figures().keys.any { it.startsWith("Time") || it.startsWith("Start") })
        val subject = stage.shared().subject()
        assertEquals(emptyList<Any>(), subject["cases"])
        assertEquals("the app was left while it ran", subject["failure"])
    }
}
