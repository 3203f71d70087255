package org.neurolite.demo

import android.view.View
import android.widget.Button
import android.widget.EditText
import android.widget.TextView
import org.neurolite.demo.core.Answer

/** A text field, and what the intents' model makes of it while one types. */
internal class AnswerScreen(root: View) : Screen(root, R.string.answer_title) {
    private val newest = Newest(demo.worker)
    private val field: EditText = root.findViewById(R.id.text)
    private val colors = intArrayOf(R.color.mark_0, R.color.mark_1, R.color.mark_2, R.color.mark_3)
        .map(root.context::getColor).toIntArray()

    init {
        for (example in root.resources.getStringArray(R.array.answer_examples)) {
            val button = group(R.id.examples).inflated(R.layout.example) as Button
            button.text = example
            button.setOnClickListener {
                field.setText(example)
                field.setSelection(example.length)
            }
            group(R.id.examples).addView(button)
        }
        view(R.id.clear).setOnClickListener { field.setText("") }
        field.onText { ask(it) }
    }

    override fun open() = ask(field.text.toString())

    override fun leave() = newest.drop()

    private fun ask(text: String) {
        show(R.id.clear, text.isNotEmpty())
        newest.run({ demo.models.reader(Models.INTENTS).let { it to timed { it.answer(text) } } }) { result ->
            result.onSuccess { (reader, found) ->
                show(R.id.error, false)
                text(R.id.about).text = string(R.string.answer_empty, reader.metadata.labels.size)
                tell(text.isBlank(), found)
            }.onFailure {
                show(R.id.intro, false)
                fail(it, R.string.failed)
            }
        }
    }

    private fun tell(blank: Boolean, found: Timed<Answer>) {
        show(R.id.intro, blank)
        show(R.id.result, !blank)
        val answer = found.value
        val marks = Marks.mark(field.text, answer.spans, colors)
        show(R.id.spans, marks.isNotEmpty())
        text(R.id.span_list).text = marks
        val rule = answer.ruleFired
        show(R.id.rule, !blank && rule != null)
        if (rule != null) {
            text(R.id.rule_name).text = string(R.string.rule_fired, rule.name)
            text(R.id.rule_reason).text = rule.reason
        }
        if (!blank) describe(found)
    }

    private fun describe(found: Timed<Answer>) {
        val answer = found.value
        val ruledOut = answer.abstained == true && answer.ruleFired != null
        val (head, why) = when {
            ruledOut -> string(R.string.answer_ruled_out) to string(R.string.answer_ruled_out_why)
            answer.abstained == true -> string(R.string.answer_unsure) to string(R.string.answer_unsure_why)
            else -> readable(answer.label.orEmpty()) to string(R.string.answer_truncated).takeIf { answer.truncated }
        }
        text(R.id.label).text = head
        text(R.id.why).text = why
        show(R.id.why, why != null)
        val bars = group(R.id.bars)
        bars.removeAllViews()
        if (!ruledOut) answer.best.forEach { bars.addView(bar(it.label, it.score)) }
        val words = root.resources.getQuantityString(R.plurals.words, answer.words, answer.words)
        text(R.id.time).text = string(R.string.time, root.context.milliseconds(found.millis), words)
    }

    private fun bar(label: String, share: Double): View {
        val bar = group(R.id.bars).inflated(R.layout.bar)
        bar.findViewById<TextView>(R.id.name).text = readable(label)
        bar.findViewById<TextView>(R.id.share).text = root.context.percent(share)
        bar.findViewById<BarView>(R.id.bar).fraction = share.toFloat()
        return bar
    }
}
