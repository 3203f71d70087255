package org.neurolite.demo

import android.app.Activity
import android.content.Intent
import android.net.Uri

/** Files that the user chooses in the system's picker, for which no permission is needed. */
internal class Documents(private val activity: Activity) {
    private val chosen = HashMap<Int, (Uri) -> Unit>()

    /** What is done with what is chosen; registered anew by each activity, as a rotation may come between. */
    fun register(request: Int, done: (Uri) -> Unit) {
        chosen[request] = done
    }

    fun create(request: Int, name: String) {
        val intent = Intent(Intent.ACTION_CREATE_DOCUMENT).putExtra(Intent.EXTRA_TITLE, name)
        start(request, intent.setType(ANY))
    }

    fun open(request: Int) = start(request, Intent(Intent.ACTION_OPEN_DOCUMENT).setType("*/*"))

    private fun start(request: Int, intent: Intent) =
        activity.startActivityForResult(intent.addCategory(Intent.CATEGORY_OPENABLE), request)

    fun chosen(request: Int, document: Uri) {
        chosen[request]?.invoke(document)
    }

    private companion object {
        const val ANY = "application/octet-stream"
    }
}
