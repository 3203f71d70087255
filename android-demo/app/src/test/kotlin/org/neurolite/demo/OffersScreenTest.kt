package org.neurolite.demo

import android.view.ViewGroup
import android.widget.Button
import android.widget.EditText
import android.widget.TextView
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.neurolite.demo.core.Generator
import org.neurolite.demo.core.Json
import org.neurolite.demo.core.Metadata
import org.neurolite.demo.core.Model
import org.neurolite.demo.core.Outputs
import org.neurolite.demo.core.State
import org.robolectric.RuntimeEnvironment

/** Words over the keyboard, by a model of a few sentences and by the packed one. */
@RunWith(SharedNativesRunner::class)
class OffersScreenTest {
    /** After a word comes the one behind it, before all others. */
    private class Sentences : Model {
        private val words = listOf("How", " are", " you", " today", "?\n", "?", " a")
        override val metadata: Metadata = Metadata.parse(Json.write(described()), "sentences")

        override fun run(text: ByteArray, state: State?): Outputs {
            val said = String(text, Charsets.UTF_8)
            val next = words.indexOfFirst { said.endsWith(it) } + 1
            val logits = FloatArray(metadata.labels.size) { -it / 100f }
            logits[NO_WORDS.size + next % words.size] = 5f
            return Outputs(words = 1, logits = logits)
        }

        override fun close() = Unit

        private fun described() = mapOf(
            "schema_version" to 2, "hash_version" to 2, "task" to "generation", "labels" to NO_WORDS + words,
            "threshold" to null, "max_words" to 64, "max_bytes" to 512, "embedding_size" to 8, "parameters" to 10,
            "target" to "onnx", "precision" to "int8", "name" to "words", "input_name" to "bytes",
            "outputs" to listOf("logits"),
        )
    }

    private fun typing(generator: () -> Generator, use: (Stage) -> Unit) {
        (RuntimeEnvironment.getApplication() as Demo).generator = generator
        Stage().use(use)
    }

    private fun Stage.buttons(): List<Button> {
        val row = activity.findViewById<ViewGroup>(R.id.offer_row)
        return (0 until row.childCount).map { row.getChildAt(it) as Button }.filter { it.isShown }
    }

    private fun Stage.offered(): List<String> = buttons().map { it.text.toString() }

    private fun Stage.button(word: String): Button = buttons().first { it.text.toString() == word }

    @Test
    fun wordsAreOfferedWhileOneTypesAndInsertedByATouch() = typing({ Generator(Sentences(), "sentences") }) { stage ->
        val field = stage.find<EditText>(R.id.answer, R.id.text)
        field.requestFocus()
        stage.await("beginning") { "How" in stage.offered() }
        field.setText("How ar")
        field.setSelection(6)
        stage.await("rest") { stage.offered() == listOf("are") }
        stage.click(stage.button("are"))
        assertEquals("How are", field.text.toString())
        stage.await("next word") { stage.offered().first() == "you" }
        assertEquals("Insert “you”", stage.button("you").contentDescription)
        stage.click(stage.button("you"))
        assertEquals("How are you", field.text.toString())
        stage.await("next word") { stage.offered().first() == "today" }
        field.setText("How are you today")
        field.setSelection(17)
        // A line break is the most probable, and nothing for this field.
        stage.await("word") { stage.offered().isNotEmpty() && "today" !in stage.offered() }
        assertFalse(stage.offered().any { "↵" in it || it.isBlank() })
        stage.drawn("offers")
        stage.choose(R.id.tab_conversation)
        stage.await("other screen") { stage.offered().isEmpty() }
        stage.find<EditText>(R.id.conversation, R.id.say).requestFocus()
        stage.await("beginning") { "How" in stage.offered() }
        stage.click(stage.button("How"))
        assertEquals("How", stage.text(R.id.conversation, R.id.say))
    }

    /** Where the next best is hardly worse, other sums of int8 may have it first: such texts are left out. */
    @Test
    fun thePackedGeneratorOffersWhatPythonDoes(): Unit = Stage().use { stage ->
        val field = stage.find<EditText>(R.id.answer, R.id.text)
        field.requestFocus()
        val clear = Expected.offers().take(TYPED).filter { (_, offered) ->
            offered.zipWithNext().all { (one, other) -> one.second - other.second > CLEAR }
        }.map { (text, offered) -> text to offered.map { it.first }.filter { it.isNotBlank() && '\n' !in it }.take(3) }
            .filter { (_, wanted) -> wanted.isNotEmpty() }
        assertTrue("${clear.size} texts", clear.size >= LEAST)
        for ((text, wanted) in clear.take(MOST)) {
            field.setText(text)
            field.setSelection(text.length)
            stage.awaitAnswers()
            val shown = stage.offered()
            assertEquals("$shown behind '$text'", wanted.size, shown.size)
            for ((word, piece) in shown.zip(wanted)) assertTrue("'$text': $word", word.endsWith(piece.trim()))
            stage.click(stage.buttons().last())
            assertEquals(text + wanted.last(), field.text.toString())
        }
    }

    @Test
    fun aGeneratorThatCannotBeOpenedSaysSo() = typing({ throw UnsatisfiedLinkError("no library") }) { stage ->
        stage.find<EditText>(R.id.answer, R.id.text).requestFocus()
        val error = stage.activity.findViewById<TextView>(R.id.offer_error)
        stage.await("message") { error.isShown }
        assertTrue("no library" in error.text)
        assertEquals(emptyList<String>(), stage.offered())
    }

    private companion object {
        /** Texts of the beginning, typed letter by letter. */
        const val TYPED = 60
        const val LEAST = 5
        const val MOST = 20
        const val CLEAR = 0.002
        val NO_WORDS = listOf("<unk>", "</s>") + List(256) { "<0x%02X>".format(it) }
    }
}
