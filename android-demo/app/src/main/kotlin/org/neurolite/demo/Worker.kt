package org.neurolite.demo

import android.os.Handler
import android.os.Looper
import java.util.concurrent.Executors
import java.util.concurrent.ThreadFactory

/** The one thread that asks models; what comes of it is told on the main thread. */
internal class Worker {
    private val main = Handler(Looper.getMainLooper())
    private val executor = Executors.newSingleThreadExecutor(ThreadFactory { Thread(it, "models") })

    /** @param done gets every Throwable of [work], also Errors such as a library that is missing. */
    fun <T> run(work: () -> T, done: (Result<T>) -> Unit) {
        executor.execute {
            val result = runCatching(work)
            main.post { done(result) }
        }
    }

    /** From [run]'s work: something for the main thread meanwhile. */
    fun tell(step: () -> Unit) {
        main.post(step)
    }
}

/** Of many questions the newest alone: older ones that still wait are not asked, and late answers not told. */
internal class Newest(private val worker: Worker) {
    @Volatile private var newest = 0

    fun <T> run(work: () -> T, done: (Result<T>) -> Unit) {
        val number = ++newest
        worker.run({ if (number == newest) work() else null }) { result ->
            if (number == newest) done(result.map { checkNotNull(it) })
        }
    }

    /** Whatever was asked is not told any more. */
    fun drop() {
        newest++
    }
}
