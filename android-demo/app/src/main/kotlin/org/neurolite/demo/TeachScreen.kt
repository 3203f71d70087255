package org.neurolite.demo

import android.net.Uri
import android.view.View
import android.widget.EditText
import android.widget.ImageButton
import android.widget.TextView
import java.io.ByteArrayOutputStream
import java.io.IOException
import java.io.InputStream
import org.neurolite.demo.core.InputException
import org.neurolite.demo.core.learning.Evidence
import org.neurolite.demo.core.learning.Label
import org.neurolite.demo.core.learning.Learned

private typealias Taught = List<Pair<Label, List<Evidence>>>

/** Labels with examples that the user gives, tried at once; all of it can be taken elsewhere as a file. */
internal class TeachScreen(root: View, private val documents: Documents) : Screen(root, R.string.teach_title) {
    private val newest = Newest(demo.worker)
    private val label: EditText = root.findViewById(R.id.teach_label)
    private val example: EditText = root.findViewById(R.id.teach_example)
    private val tried: EditText = root.findViewById(R.id.try_text)
    private val resolver = root.context.contentResolver

    init {
        for (field in listOf(label, example)) field.onText { view(R.id.add).isEnabled = isFilled() }
        tried.onText(::attempt)
        view(R.id.add).setOnClickListener { add() }
        view(R.id.export).setOnClickListener { documents.create(EXPORT, FILE) }
        view(R.id.take).setOnClickListener { documents.open(IMPORT) }
        documents.register(EXPORT, ::export)
        documents.register(IMPORT, ::take)
    }

    override fun open() = quietly {}

    override fun leave() {
        newest.drop()
        show(R.id.notice, false)
    }

    private fun isFilled() = label.text.isNotBlank() && example.text.isNotBlank()

    private fun add() {
        val (name, text) = label.text.trim().toString() to example.text.trim().toString()
        change {
            demo.lessons.learn(name, text)
            string(R.string.teach_learned, name)
        }
        example.setText("")
    }

    /** Changes what was taught; [work], on the worker's thread, gives what to tell of it, or null. */
    private fun change(work: () -> String?) {
        demo.worker.run({ work() to demo.lessons.list() }) { result ->
            result.onSuccess { (notice, taught) ->
                show(R.id.error, false)
                show(R.id.notice, notice != null)
                text(R.id.notice).text = notice
                tell(taught)
            }.onFailure { fail(it) }
        }
    }

    private fun quietly(work: () -> Unit) = change {
        work()
        null
    }

    private fun tell(taught: Taught) {
        show(R.id.trying, taught.isNotEmpty())
        show(R.id.nothing, taught.isEmpty())
        view(R.id.export).isEnabled = taught.isNotEmpty()
        val list = group(R.id.labels)
        list.removeAllViews()
        for ((label, examples) in taught) {
            val count = root.resources.getQuantityString(R.plurals.examples, examples.size, examples.size)
            val forget = string(R.string.teach_forget, label.name)
            list.addView(row(label.name, count, forget) { quietly { demo.lessons.forget(label.name) } })
            for (each in examples) {
                val text = each.text.orEmpty()
                val remove = string(R.string.teach_remove, text)
                val row = row(text, "", remove) { quietly { demo.lessons.remove(each.id) } }
                row.findViewById<TextView>(R.id.name).setTextAppearance(R.style.Text_Small)
                list.addView(row)
            }
        }
        attempt(tried.text.toString())
    }

    private fun row(name: String, count: String, remove: String, removing: () -> Unit): View {
        val row = group(R.id.labels).inflated(R.layout.row)
        row.findViewById<TextView>(R.id.name).text = name
        row.findViewById<TextView>(R.id.count).run {
            text = count
            visibility = if (count.isEmpty()) View.GONE else View.VISIBLE
        }
        row.findViewById<ImageButton>(R.id.remove).run {
            contentDescription = remove
            setOnClickListener { removing() }
        }
        return row
    }

    private fun attempt(text: String) {
        if (text.isBlank() || view(R.id.trying).visibility != View.VISIBLE) {
            newest.drop()
            show(R.id.tried, false)
            return
        }
        newest.run({ demo.lessons.answer(text) }) { result -> result.onSuccess(::answered).onFailure { fail(it) } }
    }

    private fun answered(found: Learned) {
        show(R.id.tried, true)
        val near = found.evidence.firstOrNull()
        val unsure = found.abstained == true
        text(R.id.learned).text = if (unsure) string(R.string.teach_unsure) else found.label
        val like = near?.text?.let { string(R.string.teach_near, it) }.orEmpty()
        val share = found.score?.let { root.context.percent(it) }
        text(R.id.near).text = if (unsure) like else listOfNotNull(share, like).joinToString(" · ")
    }

    private fun export(document: Uri) = change {
        val content = demo.lessons.export()
        val stream = resolver.openOutputStream(document) ?: throw IOException("The document cannot be written.")
        stream.use { it.write(content) }
        string(R.string.teach_exported)
    }

    private fun take(document: Uri) = change {
        val stream = resolver.openInputStream(document) ?: throw IOException("The document cannot be read.")
        val content = stream.use { atMost(it) }
        val count = demo.lessons.take(content, FILE)
        root.resources.getQuantityString(R.plurals.teach_imported, count, count)
    }

    private fun atMost(stream: InputStream): ByteArray {
        val content = ByteArrayOutputStream()
        val part = ByteArray(1 shl 16)
        while (content.size() <= MOST_BYTES) {
            val size = stream.read(part)
            if (size < 0) return content.toByteArray()
            content.write(part, 0, size)
        }
        throw InputException("The document is larger than 16 MB; it is no file of taught examples.")
    }

    private companion object {
        const val EXPORT = 1
        const val IMPORT = 2
        const val FILE = "taught.nls"

        /** More than anybody teaches by hand. */
        const val MOST_BYTES = 16 shl 20
    }
}
