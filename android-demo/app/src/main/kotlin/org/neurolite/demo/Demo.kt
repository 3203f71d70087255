package org.neurolite.demo

import android.app.Application
import java.io.File
import org.neurolite.demo.core.Generator
import org.neurolite.demo.core.bench.BenchRun

/** What lives as long as the process, rotation or not: models, the thread that asks them, and what was told them. */
internal class Demo : Application() {
    val worker = Worker()

    lateinit var models: Models

    val talk by lazy { Talk(models, filesDir) }

    val lessons by lazy { Lessons(models, File(filesDir, "taught.nls")) }

    /** What offers words while one types; null where it is not packed. Called on the worker's thread. */
    var generator: (() -> Generator)? = null

    /** The last run of the benchmark screen, which a rotation does not lose; of the main thread. */
    var measured: BenchRun? = null

    override fun onCreate() {
        super.onCreate()
        models = Models(assets, Flavour.engine())
        if (models.has(Models.WORDS)) generator = { models.generator(Models.WORDS) }
    }
}
