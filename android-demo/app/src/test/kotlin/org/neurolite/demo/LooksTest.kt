package org.neurolite.demo

import android.graphics.Color
import android.view.View
import android.widget.EditText
import android.widget.LinearLayout
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.annotation.Config

private const val PHONE = "w360dp-h800dp-normal-long-notround-port"
private const val BESIDE = "w800dp-h360dp-normal-long-notround-land"

/** Every screen in five looks, drawn to be looked at; nothing may be cut off in any. */
@RunWith(SharedNativesRunner::class)
class LooksTest {
    @Test
    @Config(qualifiers = "en-$PHONE-notnight-480dpi")
    fun light() = looks("light") { assertTrue(brightness(it, "light-answer") > 0.8) }

    @Test
    @Config(qualifiers = "en-$PHONE-night-480dpi")
    fun dark() = looks("dark") { assertTrue(brightness(it, "dark-answer") < 0.1) }

    @Test
    @Config(qualifiers = "ar-ldrtl-$PHONE-notnight-480dpi")
    fun rightToLeft() = looks("rtl") { stage ->
        assertEquals(View.LAYOUT_DIRECTION_RTL, stage.activity.window.decorView.layoutDirection)
        val bar = stage.find<LinearLayout>(R.id.answer, R.id.bars).getChildAt(0)
        val (name, share) = listOf<View>(bar.findViewById(R.id.name), bar.findViewById(R.id.share))
        assertTrue(name.left > share.left)
    }

    @Test
    @Config(qualifiers = "en-$PHONE-notnight-480dpi", fontScale = 2.0f)
    fun large() = looks("large") {}

    @Test
    @Config(qualifiers = "en-$BESIDE-notnight-480dpi")
    fun landscape() = looks("landscape") { stage ->
        assertTrue(stage.activity.findViewById<View>(R.id.tabs).height > 700)
    }

    private fun brightness(stage: Stage, name: String): Float = Color.luminance(stage.draw(name).getPixel(4, 300))

    private fun looks(name: String, check: (Stage) -> Unit) = Stage().use { stage ->
        stage.await("model") { stage.text(R.id.answer, R.id.about).isNotEmpty() }
        stage.look("$name-start")
        stage.type(R.id.answer, R.id.text, "My card was stolen, block it")
        stage.await("answer") { stage.isShown(R.id.answer, R.id.rule) }
        stage.look("$name-answer")
        check(stage)
        offered(stage, name)
        conversation(stage, name)
        taught(stage, name)
        measured(stage, name)
    }

    private fun Stage.look(name: String) {
        draw(name)
        assertEquals(name, emptyList<String>(), cutOff())
    }

    /** Words over the keyboard, where a generator is packed. */
    private fun offered(stage: Stage, name: String) {
        if ((stage.activity.application as Demo).generator == null) return
        val field = stage.find<EditText>(R.id.answer, R.id.text)
        field.setText("I would like to book a")
        field.setSelection(field.length())
        field.requestFocus()
        stage.awaitAnswers()
        val offers = stage.activity.findViewById<LinearLayout>(R.id.offer_row)
        assertTrue(name, offers.childCount == 3 && offers.isShown)
        stage.drawn("$name-offers")
        assertEquals(name, emptyList<String>(), stage.cutOff())
        field.clearFocus()
    }

    private fun conversation(stage: Stage, name: String) {
        stage.choose(R.id.tab_conversation)
        val said = listOf("Book a table at an Italian restaurant", "for four people at seven", "I need a cab there")
        for ((at, text) in said.withIndex()) {
            stage.type(R.id.conversation, R.id.say, text)
            stage.click(R.id.conversation, R.id.send)
            val turns = stage.find<LinearLayout>(R.id.conversation, R.id.turns)
            stage.await("turn") { turns.childCount == at + 1 }
        }
        stage.look("$name-conversation")
    }

    private fun taught(stage: Stage, name: String) {
        stage.choose(R.id.tab_teach)
        val list = stage.find<LinearLayout>(R.id.teach, R.id.labels)
        for ((label, text) in listOf("Lights off" to "turn the lights off", "Parcel" to "where is my parcel")) {
            val before = list.childCount
            stage.type(R.id.teach, R.id.teach_label, label)
            stage.type(R.id.teach, R.id.teach_example, text)
            stage.click(R.id.teach, R.id.add)
            stage.await("example") { list.childCount > before }
        }
        stage.type(R.id.teach, R.id.try_text, "lights out please")
        stage.await("answer") { stage.isShown(R.id.teach, R.id.tried) }
        stage.look("$name-teach")
    }

    private fun measured(stage: Stage, name: String) {
        stage.choose(R.id.tab_benchmark)
        stage.click(R.id.benchmark, R.id.run)
        stage.await("figures") { stage.isShown(R.id.benchmark, R.id.figures) }
        stage.look("$name-benchmark")
    }
}
