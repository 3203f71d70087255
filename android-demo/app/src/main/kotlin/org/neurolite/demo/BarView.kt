package org.neurolite.demo

import android.content.Context
import android.graphics.Canvas
import android.graphics.Paint
import android.util.AttributeSet
import android.view.View

/** A horizontal bar that fills from the side where lines begin. */
internal class BarView(context: Context, attributes: AttributeSet?) : View(context, attributes) {
    private val paint = Paint(Paint.ANTI_ALIAS_FLAG)

    /** From 0 to 1. */
    var fraction: Float = 0f
        set(value) {
            field = value
            invalidate()
        }

    override fun onDraw(canvas: Canvas) {
        draw(canvas, 1f, R.color.track)
        if (fraction > 0) draw(canvas, fraction, R.color.accent)
    }

    private fun draw(canvas: Canvas, share: Float, color: Int) {
        val radius = height / 2f
        // A share of nearly nothing is still round.
        val length = maxOf(width * share, height.toFloat())
        val start = if (layoutDirection == LAYOUT_DIRECTION_RTL) width - length else 0f
        paint.color = context.getColor(color)
        canvas.drawRoundRect(start, 0f, start + length, height.toFloat(), radius, radius, paint)
    }
}
