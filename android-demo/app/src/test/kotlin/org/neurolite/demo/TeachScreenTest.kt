package org.neurolite.demo

import android.app.Activity
import android.content.Intent
import android.net.Uri
import android.widget.ImageButton
import android.widget.LinearLayout
import android.widget.TextView
import java.io.ByteArrayInputStream
import java.io.ByteArrayOutputStream
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Shadows.shadowOf

@RunWith(SharedNativesRunner::class)
class TeachScreenTest {
    private val examples = Expected.file("taught.csv").readLines().drop(1).map { it.split(",") }
    private val document: Uri = Uri.parse("content://documents/lessons.nls")

    private fun teach(use: (Stage) -> Unit) = Stage().use { stage ->
        stage.choose(R.id.tab_teach)
        stage.await("list") { stage.isShown(R.id.teach, R.id.nothing) }
        use(stage)
    }

    private val Stage.rows: List<String>
        get() {
            val list = find<LinearLayout>(R.id.teach, R.id.labels)
            return (0 until list.childCount).map(list::getChildAt)
                .map { it.findViewById<TextView>(R.id.name).text.toString() }
        }

    private fun Stage.add(text: String, label: String) {
        type(R.id.teach, R.id.teach_label, label)
        type(R.id.teach, R.id.teach_example, text)
        click(R.id.teach, R.id.add)
        await("example $text") { text in rows }
    }

    private fun Stage.remove(at: Int) {
        val list = find<LinearLayout>(R.id.teach, R.id.labels)
        val rows = list.childCount
        click(list.getChildAt(at).findViewById<ImageButton>(R.id.remove))
        await("removal") { list.childCount < rows }
    }

    private fun Stage.attempt(text: String) {
        find<TextView>(R.id.teach, R.id.learned).text = ""
        type(R.id.teach, R.id.try_text, text)
        await("answer to $text") { text(R.id.teach, R.id.learned).isNotEmpty() }
    }

    @Test
    fun whatIsTaughtAnswersAsNeuroliteLearn() = teach { stage ->
        examples.forEach { (text, label) -> stage.add(text, label) }
        for (row in Expected.rows("taught")) {
            stage.attempt(row.string("text"))
            val unsure = row["abstained"] == true
            val expected = if (unsure) "Nothing like it was taught" else row.string("label")
            assertEquals(row.string("text"), expected, stage.text(R.id.teach, R.id.learned))
            val near = (row["evidence"] as List<*>).first() as Map<*, *>
            assertTrue(stage.text(R.id.teach, R.id.near).endsWith("like “${near["text"]}”"))
        }
    }

    @Test
    fun examplesAndLabelsAreRemoved() = teach { stage ->
        examples.take(4).forEach { (text, label) -> stage.add(text, label) }
        val (lights, parcel) = "Lights off" to "Parcel"
        assertEquals(listOf(lights) + examples.take(3).map { it[0] } + parcel + examples[3][0], stage.rows)
        stage.remove(2)
        assertEquals(listOf(lights, examples[0][0], examples[2][0], parcel, examples[3][0]), stage.rows)
        stage.remove(4) // a label without examples goes with its last
        assertEquals(listOf(lights, examples[0][0], examples[2][0]), stage.rows)
        stage.remove(0)
        assertTrue(stage.isShown(R.id.teach, R.id.nothing))
        assertFalse(stage.isShown(R.id.teach, R.id.trying))
        val kept = stage.activity.filesDir.resolve("taught.nls").readBytes().toString(Charsets.ISO_8859_1)
        assertFalse(examples.any { it[0] in kept })
    }

    @Test
    fun filesGoOutAndComeBack() = teach { stage ->
        val resolver = shadowOf(stage.activity.contentResolver)
        examples.take(3).forEach { (text, label) -> stage.add(text, label) }
        val written = ByteArrayOutputStream()
        resolver.registerOutputStream(document, written)
        stage.click(R.id.teach, R.id.export)
        stage.pick(Intent.ACTION_CREATE_DOCUMENT)
        stage.await("export") { stage.text(R.id.teach, R.id.notice) == "Exported." }
        stage.remove(0)
        resolver.registerInputStream(document, ByteArrayInputStream(written.toByteArray()))
        stage.take()
        stage.await("import") { stage.text(R.id.teach, R.id.notice) == "3 examples imported." }
        assertEquals(4, stage.rows.size)
    }

    @Test
    fun storesOfNeuroliteLearnAreTaken() = teach { stage ->
        val store = Expected.file("lessons.nls").readBytes()
        shadowOf(stage.activity.contentResolver).registerInputStream(document, ByteArrayInputStream(store))
        stage.take()
        stage.await("import") { stage.rows.size == examples.size + 2 }
    }

    @Test
    fun otherFilesAreRefusedWithAReason() = teach { stage ->
        val other = "text,label\n".toByteArray()
        shadowOf(stage.activity.contentResolver).registerInputStream(document, ByteArrayInputStream(other))
        stage.take()
        stage.await("refusal") { stage.isShown(R.id.teach, R.id.error) }
        assertTrue(stage.text(R.id.teach, R.id.error), "taught.nls" in stage.text(R.id.teach, R.id.error))
    }

    @Test
    fun bothFieldsAreNeeded() = teach { stage ->
        val add = stage.find<android.view.View>(R.id.teach, R.id.add)
        stage.type(R.id.teach, R.id.teach_label, "Lights off")
        assertFalse(add.isEnabled)
        stage.type(R.id.teach, R.id.teach_example, " ")
        assertFalse(add.isEnabled)
        stage.type(R.id.teach, R.id.teach_example, "lights out")
        assertTrue(add.isEnabled)
    }

    private fun Stage.take() {
        click(R.id.teach, R.id.take)
        pick(Intent.ACTION_OPEN_DOCUMENT)
    }

    /** The system's picker, in which the user chooses the document. */
    private fun Stage.pick(action: String) {
        val asked = shadowOf(activity).nextStartedActivityForResult
        assertEquals(action, asked.intent.action)
        shadowOf(activity).receiveResult(asked.intent, Activity.RESULT_OK, Intent().setData(document))
    }
}
