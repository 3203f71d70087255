package org.neurolite.demo

import android.os.Build
import android.view.View
import android.view.WindowInsets
import android.widget.LinearLayout

/** Keeps the screen's content clear of system bars, cutouts and the keyboard; its colours go below them. */
internal class Edges(private val tabs: LinearLayout) : View.OnApplyWindowInsetsListener {
    override fun onApplyWindowInsets(root: View, insets: WindowInsets): WindowInsets {
        if (Build.VERSION.SDK_INT < Build.VERSION_CODES.R) return insets // the window keeps clear by itself
        val kinds = WindowInsets.Type.systemBars() or WindowInsets.Type.displayCutout()
        val bars = insets.getInsets(kinds or WindowInsets.Type.ime())
        val typing = insets.isVisible(WindowInsets.Type.ime())
        val beside = tabs.orientation == LinearLayout.VERTICAL
        tabs.visibility = if (typing && !beside) View.GONE else View.VISIBLE
        root.setPadding(bars.left, bars.top, bars.right, if (beside || typing) bars.bottom else 0)
        tabs.setPadding(0, 0, 0, if (beside) 0 else bars.bottom)
        return WindowInsets.CONSUMED
    }
}
