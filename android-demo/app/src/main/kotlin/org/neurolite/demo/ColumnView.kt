package org.neurolite.demo

import android.content.Context
import android.util.AttributeSet
import android.widget.LinearLayout

/** A column that is no wider than people like to read, in the middle of a wide screen. */
internal class ColumnView(context: Context, attributes: AttributeSet?) : LinearLayout(context, attributes) {
    private val widest = resources.getDimensionPixelSize(R.dimen.widest)

    override fun onMeasure(widthMeasureSpec: Int, heightMeasureSpec: Int) {
        val room = MeasureSpec.getSize(widthMeasureSpec)
        val width = MeasureSpec.makeMeasureSpec(minOf(room, widest), MeasureSpec.EXACTLY)
        super.onMeasure(width, heightMeasureSpec)
    }
}
