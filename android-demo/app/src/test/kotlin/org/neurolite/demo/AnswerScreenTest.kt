package org.neurolite.demo

import android.text.Spanned
import android.text.style.BackgroundColorSpan
import android.widget.Button
import android.widget.EditText
import android.widget.LinearLayout
import android.widget.TextView
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.neurolite.demo.core.Span

@RunWith(SharedNativesRunner::class)
class AnswerScreenTest {
    private fun Stage.answer(text: String) {
        val field = find<EditText>(R.id.answer, R.id.text)
        find<TextView>(R.id.answer, R.id.time).text = ""
        field.setText(text)
        await("answer to $text") { text(R.id.answer, R.id.time).isNotEmpty() }
    }

    @Test
    fun answersAreThoseOfNeuroliteRun() = Stage().use { stage ->
        for (row in Expected.rows("intents")) {
            val text = row.string("text")
            stage.answer(text)
            val fired = (row["rules"] as List<*>).map { it as Map<*, *> }.firstOrNull { it["overruled"] != true }
            val expected = when {
                row.flag("abstained") && fired != null -> "No answer"
                row.flag("abstained") -> "None of what it knows"
                else -> readable(row.string("label"))
            }
            assertEquals(text, expected, stage.text(R.id.answer, R.id.label))
            assertEquals(text, fired != null, stage.isShown(R.id.answer, R.id.rule))
            if (fired != null) {
                assertEquals("Rule: ${fired["name"]}", stage.text(R.id.answer, R.id.rule_name))
                assertEquals(fired["reason"], stage.text(R.id.answer, R.id.rule_reason))
            }
            if (expected != "No answer") stage.checkBars(row)
            val words = row.number("words").toInt()
            val told = stage.text(R.id.answer, R.id.time)
            assertTrue(told, Regex("[0-9.,]+ ms · $words words?").matches(told))
        }
    }

    private fun Stage.checkBars(row: Map<*, *>) {
        val bars = find<LinearLayout>(R.id.answer, R.id.bars)
        assertEquals(3, bars.childCount)
        val first = bars.getChildAt(0)
        assertEquals(readable(row.string("label")), first.findViewById<TextView>(R.id.name).text.toString())
        assertEquals(row.number("score"), first.findViewById<BarView>(R.id.bar).fraction.toDouble(), 1e-3)
        assertEquals(activity.percent(row.number("score")), first.findViewById<TextView>(R.id.share).text.toString())
    }

    @Test
    fun examplesAreTypedByATouchAndCleared() = Stage().use { stage ->
        stage.await("model") { "150" in stage.text(R.id.answer, R.id.about) }
        stage.click(stage.find<LinearLayout>(R.id.answer, R.id.examples).getChildAt(1) as Button)
        stage.await("answer") { stage.isShown(R.id.answer, R.id.rule) }
        assertEquals("Report lost card", stage.text(R.id.answer, R.id.label))
        assertFalse(stage.isShown(R.id.answer, R.id.intro))
        stage.click(R.id.answer, R.id.clear)
        stage.await("beginning") { stage.isShown(R.id.answer, R.id.intro) }
        assertFalse(stage.isShown(R.id.answer, R.id.result) || stage.isShown(R.id.answer, R.id.rule))
    }

    @Test
    fun longTextsAreToldToBeCut() = Stage().use { stage ->
        stage.answer("what is the weather tomorrow " + "weather ".repeat(300))
        assertTrue(stage.isShown(R.id.answer, R.id.why))
        assertTrue("304" in stage.text(R.id.answer, R.id.time) || "305" in stage.text(R.id.answer, R.id.time))
    }

    @Test
    fun rotationKeepsTheTextAndItsAnswer() = Stage().use { stage ->
        stage.answer("what is the weather tomorrow")
        stage.controller.recreate()
        assertEquals("what is the weather tomorrow", stage.text(R.id.answer, R.id.text))
        stage.await("answer again") { stage.text(R.id.answer, R.id.label) == "Weather" }
    }

    @Test
    fun spansAreMarkedInTheTextAndTold() = Stage().use { stage ->
        stage.settle()
        val field = stage.find<EditText>(R.id.answer, R.id.text)
        field.setText("wake me at seven in 🏠 Köln")
        val spans = listOf(span("time", "seven", field), span("place_name", "Köln", field))
        val told = Marks.mark(field.text, spans, intArrayOf(1, 2))
        assertEquals("seven  Time\nKöln  Place name", told.toString())
        assertEquals(listOf("seven" to 1, "Köln" to 2), marked(field.text))
        Marks.mark(field.text, spans.take(1), intArrayOf(1, 2))
        assertEquals(listOf("seven" to 1), marked(field.text))
    }

    private fun span(type: String, text: String, field: EditText): Span {
        val start = field.text.indexOf(text)
        return Span(type, start, start + text.length, 0, 0, text, 1.0)
    }

    private fun marked(text: Spanned): List<Pair<String, Int>> =
        text.getSpans(0, text.length, BackgroundColorSpan::class.java).map {
            text.substring(text.getSpanStart(it), text.getSpanEnd(it)) to it.backgroundColor
        }

    @Test
    fun labelsReadAsWords() {
        assertEquals("Restaurant reservation", readable("restaurant_reservation"))
        assertEquals("Search oneway flight", readable("SearchOnewayFlight"))
        assertEquals("PTO", readable("PTO"))
    }
}
