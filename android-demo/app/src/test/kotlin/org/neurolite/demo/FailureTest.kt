package org.neurolite.demo

import android.app.Application
import java.nio.ByteBuffer
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.neurolite.demo.core.Engine
import org.neurolite.demo.core.Model
import org.robolectric.RuntimeEnvironment

/** A library that is missing is an Error, which would end a thread in silence. */
@RunWith(SharedNativesRunner::class)
class FailureTest {
    private class Missing : Engine {
        override val name = "missing"
        override val runtime = "none"

        override fun open(content: ByteBuffer, source: String): Model = throw UnsatisfiedLinkError("no neurolite_jni")
    }

    @Test
    fun everyThrowableOfOpeningIsOnTheScreen() {
        val demo = RuntimeEnvironment.getApplication() as Demo
        demo.models = Models((demo as Application).assets, Missing())
        Stage().use { stage ->
            stage.await("message") { stage.isShown(R.id.answer, R.id.error) }
            val told = stage.text(R.id.answer, R.id.error)
            assertTrue(told, told.startsWith("The model could not be opened.") && "no neurolite_jni" in told)
            stage.choose(R.id.tab_conversation)
            stage.await("message") { stage.isShown(R.id.conversation, R.id.error) }
            stage.choose(R.id.tab_teach)
            stage.await("message") { stage.isShown(R.id.teach, R.id.error) }
            stage.choose(R.id.tab_benchmark)
            stage.click(R.id.benchmark, R.id.run)
            stage.await("message") { stage.isShown(R.id.benchmark, R.id.verdict) }
            assertTrue(stage.text(R.id.benchmark, R.id.verdict).startsWith("Not a result: "))
            assertEquals(false, stage.isShown(R.id.benchmark, R.id.share_report))
        }
    }
}
