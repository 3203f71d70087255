package org.neurolite.demo

import java.io.File
import org.neurolite.demo.core.learning.Evidence
import org.neurolite.demo.core.learning.Label
import org.neurolite.demo.core.learning.Learned
import org.neurolite.demo.core.learning.Learner

/** What is taught, in one store of the app's own files. Of the worker's thread alone. */
internal class Lessons(private val models: Models, private val file: File) {
    private var opened: Learner? = null

    /** Labels with their examples. */
    fun list(): List<Pair<Label, List<Evidence>>> = learner().labels().map { it to learner().examples(it.name) }

    fun learn(label: String, example: String) {
        learner().add(label, example)
    }

    fun remove(id: Int) {
        val learner = learner()
        val label = learner.examples().first { it.id == id }.label
        learner.remove(id)
        // A label without examples is of no use, and what is removed is gone from the disk.
        if (learner.examples(label).isEmpty()) learner.forget(label) else learner.compact()
    }

    fun forget(label: String) = learner().forget(label)

    fun answer(text: String): Learned = learner().classify(text)

    fun export(): ByteArray = learner().export()

    /** @return how many examples are new. */
    fun take(content: ByteArray, source: String): Int {
        val learner = learner()
        val before = learner.size
        learner.mergeStore(content, source)
        return learner.size - before
    }

    private fun learner(): Learner =
        opened ?: Learner.open(models.reader(Models.ENGLISH).model, file).also { opened = it }
}
