package org.neurolite.demo

import android.app.Activity
import android.content.Intent
import android.os.Build
import android.os.Bundle
import android.view.View
import android.widget.EditText
import android.widget.RadioGroup

/** Four screens and the tabs that choose among them. */
internal class MainActivity : Activity() {
    private lateinit var screens: Map<Int, Screen>
    private lateinit var tabs: RadioGroup
    private var seen: Screen? = null
    private val documents = Documents(this)

    override fun onCreate(state: Bundle?) {
        super.onCreate(state)
        setContentView(R.layout.main)
        tabs = findViewById(R.id.tabs)
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.R) window.setDecorFitsSystemWindows(false)
        findViewById<View>(R.id.root).setOnApplyWindowInsetsListener(Edges(tabs))
        screens = mapOf(
            R.id.tab_answer to AnswerScreen(findViewById(R.id.answer)),
            R.id.tab_conversation to ConversationScreen(findViewById(R.id.conversation)),
            R.id.tab_teach to TeachScreen(findViewById(R.id.teach), documents),
            R.id.tab_benchmark to BenchmarkScreen(findViewById(R.id.benchmark)),
        )
        (application as Demo).run { generator?.let { Offers(findViewById(R.id.offers), worker, it, fields()) } }
        tabs.setOnCheckedChangeListener { _, tab -> choose(tab) }
    }

    /** Those that words are offered for. */
    private fun fields(): List<EditText> = listOf(
        R.id.answer to R.id.text,
        R.id.conversation to R.id.say,
        R.id.teach to R.id.teach_example,
        R.id.teach to R.id.try_text,
    ).map { (screen, field) -> findViewById<View>(screen).findViewById(field) }

    /** Behind what was on the screens before a rotation, the chosen tab included. */
    override fun onPostCreate(state: Bundle?) {
        super.onPostCreate(state)
        choose(tabs.checkedRadioButtonId)
    }

    private fun choose(tab: Int) {
        val chosen = screens.getValue(tab)
        if (chosen === seen) return
        seen?.leave()
        for (screen in screens.values) {
            screen.root.visibility = if (screen === chosen) View.VISIBLE else View.GONE
        }
        seen = chosen
        chosen.open()
    }

    override fun onActivityResult(request: Int, result: Int, data: Intent?) {
        super.onActivityResult(request, result, data)
        val document = data?.data
        if (result == RESULT_OK && document != null) documents.chosen(request, document)
    }

    override fun onStop() {
        seen?.leave()
        super.onStop()
    }
}
