package org.neurolite.demo

import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.Insets
import android.graphics.Rect
import android.os.Looper
import android.view.View
import android.view.ViewGroup
import android.view.WindowInsets
import android.widget.EditText
import android.widget.RadioButton
import android.widget.TextView
import java.io.File
import java.io.FileOutputStream
import java.time.Duration
import org.junit.Assert.assertTrue
import org.junit.Assert.fail
import org.robolectric.Robolectric
import org.robolectric.Shadows.shadowOf
import org.robolectric.android.controller.ActivityController

/** The app on a screen of its own: used as a person would, and looked at. */
internal class Stage : AutoCloseable {
    val controller: ActivityController<MainActivity> =
        Robolectric.buildActivity(MainActivity::class.java).setup().visible()
    val activity: MainActivity get() = controller.get()

    init {
        val bars = WindowInsets.Builder()
            .setInsets(WindowInsets.Type.statusBars(), Insets.of(0, STATUS, 0, 0))
            .setInsets(WindowInsets.Type.navigationBars(), Insets.of(0, 0, 0, NAVIGATION))
            .build()
        activity.window.decorView.dispatchApplyWindowInsets(bars)
    }

    /** Within a screen, as several have a view of the same name. */
    fun <T : View> find(screen: Int, id: Int): T = activity.findViewById<View>(screen).findViewById(id)

    fun text(screen: Int, id: Int): String = find<TextView>(screen, id).text.toString()

    fun isShown(screen: Int, id: Int): Boolean = find<View>(screen, id).isShown

    fun type(screen: Int, id: Int, text: String) = find<EditText>(screen, id).setText(text)

    fun click(screen: Int, id: Int) = click(find(screen, id))

    /** Refuses what a finger could not hit. */
    fun click(view: View) {
        settle()
        assertTrue("it is not to be seen", view.isShown && view.isEnabled && view.width > 0 && view.height > 0)
        view.performClick()
        settle()
    }

    fun choose(tab: Int) = click(activity.findViewById<RadioButton>(tab))

    fun await(what: String, done: () -> Boolean) {
        val end = System.nanoTime() + PATIENCE
        while (!done()) {
            if (System.nanoTime() > end) fail("no $what; to be seen: ${shown()}")
            Thread.sleep(2)
            settle()
        }
    }

    /** Until all that was asked is told: models have one thread, and this is behind it. */
    fun awaitAnswers() {
        settle()
        var answered = false
        (activity.application as Demo).worker.run({}) { answered = true }
        await("answers") { answered }
    }

    fun settle() = shadowOf(Looper.getMainLooper()).idleFor(Duration.ofMillis(500))

    private fun shown(view: View = activity.window.decorView): List<String> = when {
        !view.isShown -> emptyList()
        view is ViewGroup -> (0 until view.childCount).flatMap { shown(view.getChildAt(it)) }
        else -> listOfNotNull((view as? TextView)?.text?.toString()?.take(200))
    }

    /** Texts that are cut off by their own box or that of a parent that does not scroll. */
    fun cutOff(view: View = activity.window.decorView): List<String> {
        if (!view.isShown) return emptyList()
        if (view is ViewGroup) return (0 until view.childCount).flatMap { cutOff(view.getChildAt(it)) }
        if (view !is TextView || view is EditText || view.layout == null) return emptyList()
        val layout = view.layout
        val ellipses = (0 until layout.lineCount).sumOf { layout.getEllipsisCount(it) }
        val room = view.height - view.compoundPaddingTop - view.compoundPaddingBottom
        val wide = (0 until layout.lineCount).any { layout.getLineMax(it) > view.width + 1 }
        val seen = Rect().also(view::getDrawingRect)
        val outside = seen.width() < 1
        val cut = ellipses > 0 || layout.height > room + 1 || wide || outside
        return if (cut) listOf(view.text.toString()) else emptyList()
    }

    /** Draws the window into app/build/pictures-FLAVOUR/NAME.png, without a caret. */
    fun draw(name: String): Bitmap {
        activity.window.decorView.findFocus()?.clearFocus()
        return drawn(name)
    }

    fun drawn(name: String): Bitmap {
        settle()
        val decor = activity.window.decorView
        val bitmap = Bitmap.createBitmap(decor.width, decor.height, Bitmap.Config.ARGB_8888)
        decor.draw(Canvas(bitmap))
        val file = File("build/pictures-${Expected.flavour}/$name.png")
        file.parentFile!!.mkdirs()
        FileOutputStream(file).use { bitmap.compress(Bitmap.CompressFormat.PNG, 100, it) }
        return bitmap
    }

    override fun close() {
        controller.pause().stop().destroy()
    }

    private companion object {
        const val PATIENCE = 20_000_000_000
        const val STATUS = 72
        const val NAVIGATION = 72
    }
}
