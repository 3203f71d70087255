package org.neurolite.demo

import android.view.View
import android.view.ViewGroup
import android.widget.Button
import android.widget.EditText
import android.widget.TextView
import org.neurolite.demo.core.Generator
import org.neurolite.demo.core.Suggestion

/**
 * Words over the keyboard: those that may follow what is being typed, and rests of its last word.
 *
 * @param generator opens it, or gives the open one, on the worker's thread.
 */
internal class Offers(
    private val root: ViewGroup,
    worker: Worker,
    private val generator: () -> Generator,
    fields: List<EditText>,
) {
    private val newest = Newest(worker)
    private val row: ViewGroup = root.findViewById(R.id.offer_row)
    private val error: TextView = root.findViewById(R.id.offer_error)
    private var field: EditText? = null

    init {
        for (own in fields) {
            own.setOnFocusChangeListener { _, focused -> if (focused) begin(own) else if (field === own) end() }
            // Behind what is done at once, such as a caret that is put behind a text.
            own.onText { own.post { if (field === own) ask(own) } }
            if (own.isFocused) begin(own)
        }
    }

    private fun begin(own: EditText) {
        field = own
        ask(own)
    }

    private fun end() {
        field = null
        newest.drop()
        root.visibility = View.GONE
    }

    private fun ask(own: EditText) {
        val text = own.text.substring(0, maxOf(own.selectionEnd, 0))
        newest.run({ generator().offer(text, MOST) }) { result ->
            error.visibility = if (result.isFailure) View.VISIBLE else View.GONE
            result.onSuccess { found ->
                tell(own, found.filter { it.text.isNotBlank() && '\n' !in it.text }.take(SHOWN))
            }.onFailure {
                tell(own, emptyList())
                error.text = root.context.getString(R.string.offers_failed, reason(it))
                root.visibility = View.VISIBLE
            }
        }
    }

    private fun tell(own: EditText, words: List<Suggestion>) {
        // The row keeps its place while nothing is offered: what is above it does not jump.
        root.visibility = if (words.isEmpty() && row.childCount == 0) View.GONE else View.VISIBLE
        while (row.childCount < words.size) row.addView(row.inflated(R.layout.offer))
        for (place in 0 until row.childCount) {
            val button = row.getChildAt(place) as Button
            val word = words.getOrNull(place)
            button.visibility = if (word == null) View.INVISIBLE else View.VISIBLE
            if (word != null) offer(own, button, word)
        }
    }

    private fun offer(own: EditText, button: Button, word: Suggestion) {
        button.text = word.word
        button.contentDescription = root.context.getString(R.string.offers_insert, word.word)
        button.setOnClickListener {
            val (start, end) = listOf(own.selectionStart, own.selectionEnd).map { maxOf(it, 0) }
            own.text.replace(minOf(start, end), maxOf(start, end), word.text)
        }
    }

    private companion object {
        const val SHOWN = 3

        /** Asked for, as some are line breaks, which are not offered here. */
        const val MOST = 6
    }
}
