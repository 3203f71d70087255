package org.neurolite.demo

import android.text.Editable
import android.text.SpannableStringBuilder
import android.text.Spanned
import android.text.style.BackgroundColorSpan
import org.neurolite.demo.core.Span

/** Spans that a model found, shown in the text itself and told below it, each type in a colour. */
internal object Marks {
    private class Mark(color: Int) : BackgroundColorSpan(color)

    /**
     * Marks a text anew.
     *
     * @param colors of types, in the order in which these come; the first again where there are more types.
     * @return each span with its type, on a line of its own; empty where there is none.
     */
    fun mark(text: Editable, spans: List<Span>, colors: IntArray): CharSequence {
        text.getSpans(0, text.length, Mark::class.java).forEach(text::removeSpan)
        val told = SpannableStringBuilder()
        val types = spans.map { it.type }.distinct()
        for (span in spans) {
            // The text may be another by now; its own answer follows.
            if (span.end > text.length) continue
            val color = colors[types.indexOf(span.type) % colors.size]
            text.setSpan(Mark(color), span.start, span.end, Spanned.SPAN_EXCLUSIVE_EXCLUSIVE)
            if (told.isNotEmpty()) told.append('\n')
            val start = told.length
            told.append(span.text)
            told.setSpan(Mark(color), start, told.length, Spanned.SPAN_EXCLUSIVE_EXCLUSIVE)
            told.append("  ").append(readable(span.type))
        }
        return told
    }
}
