package org.neurolite.demo

import android.view.inputmethod.EditorInfo
import android.widget.EditText
import android.widget.LinearLayout
import android.widget.TextView
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith

@RunWith(SharedNativesRunner::class)
class ConversationScreenTest {
    private val Stage.turns: LinearLayout get() = find(R.id.conversation, R.id.turns)

    private fun Stage.understood(at: Int): String =
        turns.getChildAt(at).findViewById<TextView>(R.id.understood).text.toString()

    private fun Stage.say(text: String) {
        val before = turns.childCount
        type(R.id.conversation, R.id.say, text)
        click(R.id.conversation, R.id.send)
        await("answer to $text") { turns.childCount == before + 1 }
    }

    private fun talk(use: (Stage) -> Unit) = Stage().use { stage ->
        stage.choose(R.id.tab_conversation)
        use(stage)
    }

    private fun expected(row: Map<*, *>): String = when {
        row.flag("abstained") -> "I am not sure"
        row.string("label") == "NONE" -> "Nothing to do"
        else -> readable(row.string("label"))
    }

    @Test
    fun turnsAreAnsweredAsNeuroliteRunFollowsThem() = talk { stage ->
        val rows = Expected.rows("dialogues")
        for ((at, row) in rows.withIndex()) {
            stage.say(row.string("text"))
            assertEquals(row.string("text"), expected(row), stage.understood(at))
            val figures = stage.turns.getChildAt(at).findViewById<TextView>(R.id.figures).text.toString()
            assertTrue(figures, figures.startsWith(stage.activity.percent(row.number("score")) + " · "))
        }
        assertEquals("Remembers ${rows.size} turns", stage.text(R.id.conversation, R.id.remembered))
    }

    @Test
    fun theConversationOutlivesTheProcessUntilItIsForgotten() {
        val (first, second) = Expected.rows("dialogues")
        talk { it.say(first.string("text")) }
        talk { stage ->
            // A new process begins with the app's files alone.
            val files = stage.activity.filesDir
            val again = Talk((stage.activity.application as Demo).models, files)
            assertEquals(listOf(first.string("text")), again.turns().map { it.text })
            assertEquals(second.string("label"), again.say(second.string("text")).last().label)
            again.forget()
            assertFalse(files.list()!!.any { it.startsWith("conversation") })
            assertEquals(0, Talk((stage.activity.application as Demo).models, files).turns().size)
        }
    }

    @Test
    fun aDamagedFileBeginsAnew() = talk { stage ->
        stage.say("hello")
        val files = stage.activity.filesDir
        files.resolve("conversation.nlstate").writeText("NLSTATE\nnot any more")
        assertEquals(0, Talk((stage.activity.application as Demo).models, files).turns().size)
    }

    @Test
    fun theKeyboardSendsAndForgetEmptiesTheScreen() = talk { stage ->
        stage.type(R.id.conversation, R.id.say, "i need a cab")
        stage.find<EditText>(R.id.conversation, R.id.say).onEditorAction(EditorInfo.IME_ACTION_SEND)
        stage.await("turn") { stage.turns.childCount == 1 }
        assertEquals("", stage.text(R.id.conversation, R.id.say))
        assertEquals("Remembers 1 turn", stage.text(R.id.conversation, R.id.remembered))
        stage.click(R.id.conversation, R.id.forget)
        stage.await("beginning") { stage.isShown(R.id.conversation, R.id.intro) }
        assertEquals(0, stage.turns.childCount)
        assertFalse(stage.isShown(R.id.conversation, R.id.memory))
    }

    @Test
    fun anEmptyTextIsNoTurn() = talk { stage ->
        stage.await("model") { stage.isShown(R.id.conversation, R.id.intro) }
        stage.type(R.id.conversation, R.id.say, "  ")
        stage.click(R.id.conversation, R.id.send)
        assertEquals(0, stage.turns.childCount)
    }
}
