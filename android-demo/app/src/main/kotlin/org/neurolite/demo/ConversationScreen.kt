package org.neurolite.demo

import android.view.View
import android.view.inputmethod.EditorInfo
import android.widget.Button
import android.widget.EditText
import android.widget.ScrollView
import android.widget.TextView

/** Turns of a conversation, each answered in the light of those before. */
internal class ConversationScreen(root: View) : Screen(root, R.string.conversation_title) {
    private val newest = Newest(demo.worker)
    private val field: EditText = root.findViewById(R.id.say)

    init {
        for (example in root.resources.getStringArray(R.array.conversation_examples)) {
            val button = group(R.id.examples).inflated(R.layout.example) as Button
            button.text = example
            button.setOnClickListener { say(example) }
            group(R.id.examples).addView(button)
        }
        view(R.id.send).setOnClickListener { send() }
        view(R.id.forget).setOnClickListener { forget() }
        // One sends by the keyboard, and a long text still wraps.
        field.setHorizontallyScrolling(false)
        field.maxLines = MOST_LINES
        field.setOnEditorActionListener { _, action, _ ->
            (action == EditorInfo.IME_ACTION_SEND).also { if (it) send() }
        }
    }

    override fun open() = ask { demo.talk.turns() }

    override fun leave() = newest.drop()

    private fun send() {
        val text = field.text.toString().trim()
        if (text.isEmpty()) return
        field.setText("")
        say(text)
    }

    private fun say(text: String) {
        // Each turn counts: none is left out for a newer one.
        demo.worker.run({ demo.talk.say(text) }, ::shown)
    }

    private fun forget() = ask {
        demo.talk.forget()
        emptyList()
    }

    private fun ask(work: () -> List<Turn>) = newest.run(work, ::shown)

    private fun shown(result: Result<List<Turn>>) {
        result.onSuccess(::tell).onFailure { fail(it, R.string.failed) }
    }

    private fun tell(turns: List<Turn>) {
        show(R.id.error, false)
        show(R.id.intro, turns.isEmpty())
        show(R.id.memory, turns.isNotEmpty())
        text(R.id.remembered).text = root.resources.getQuantityString(R.plurals.remembered, turns.size, turns.size)
        field.setHint(if (turns.size == 1) R.string.conversation_follow else R.string.conversation_hint)
        val list = group(R.id.turns)
        list.removeAllViews()
        turns.takeLast(MOST_SHOWN).forEach { list.addView(row(it)) }
        val scroll = root.findViewById<ScrollView>(R.id.scroll)
        if (turns.isNotEmpty()) scroll.post { scroll.fullScroll(View.FOCUS_DOWN) }
    }

    private fun row(turn: Turn): View {
        val row = group(R.id.turns).inflated(R.layout.turn)
        val said = row.findViewById<TextView>(R.id.said)
        said.text = turn.text
        said.contentDescription = string(R.string.you_said, turn.text)
        val understood = row.findViewById<TextView>(R.id.understood)
        understood.text = when {
            !turn.sure -> string(R.string.conversation_unsure)
            turn.label == NOTHING -> string(R.string.conversation_none)
            else -> readable(turn.label)
        }
        understood.contentDescription = string(R.string.understood, understood.text)
        val (share, time) = root.context.percent(turn.probability) to root.context.milliseconds(turn.millis)
        row.findViewById<TextView>(R.id.figures).text = string(R.string.conversation_answer, share, time)
        return row
    }

    private companion object {
        /** The label of a turn that wants nothing. */
        const val NOTHING = "NONE"
        const val MOST_SHOWN = 100
        const val MOST_LINES = 4
    }
}
