package org.neurolite.demo

import android.text.Editable
import android.text.TextWatcher
import android.view.LayoutInflater
import android.view.View
import android.view.ViewGroup
import android.widget.TextView

/** One of the four screens; it shows, and asks the worker. */
internal abstract class Screen(val root: View, title: Int) {
    protected val demo: Demo = root.context.applicationContext as Demo

    init {
        text(R.id.title).setText(title)
    }

    /** It is seen from now on. */
    abstract fun open()

    /** Another is seen, or none. */
    abstract fun leave()

    protected fun text(id: Int): TextView = root.findViewById(id)

    protected fun group(id: Int): ViewGroup = root.findViewById(id)

    protected fun view(id: Int): View = root.findViewById(id)

    protected fun string(id: Int, vararg values: Any): String = root.context.getString(id, *values)

    protected fun show(id: Int, shown: Boolean) {
        view(id).visibility = if (shown) View.VISIBLE else View.GONE
    }

    /** A problem, in place of what it kept from being seen. */
    protected fun fail(error: Throwable, message: Int = R.string.went_wrong) {
        text(R.id.error).text = string(message, reason(error))
        show(R.id.error, true)
    }
}

internal fun TextView.onText(changed: (String) -> Unit) {
    addTextChangedListener(object : TextWatcher {
        override fun beforeTextChanged(text: CharSequence, start: Int, count: Int, after: Int) = Unit

        override fun onTextChanged(text: CharSequence, start: Int, before: Int, count: Int) = Unit

        override fun afterTextChanged(text: Editable) = changed(text.toString())
    })
}

internal fun ViewGroup.inflated(layout: Int): View = LayoutInflater.from(context).inflate(layout, this, false)
