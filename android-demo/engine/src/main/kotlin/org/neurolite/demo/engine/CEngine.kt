package org.neurolite.demo.engine

import java.nio.ByteBuffer
import org.neurolite.demo.core.ArtifactException
import org.neurolite.demo.core.Engine
import org.neurolite.demo.core.Metadata
import org.neurolite.demo.core.Model

/** The C runtime: files that `neurolite-export --target c` writes. */
public class CEngine : Engine {
    override val name: String = "c"

    override val runtime: String get() = "libneurolite_model (${instructionSet(null)})"

    override fun open(content: ByteBuffer, source: String): Model {
        val blob = Native.readable(content)
        val model = Native.aligned(Native.modelSize())
        // The weights are read once, so that a file that was cut or changed on its way says so, and does not answer.
        for (step in listOf({ Native.open(model, blob) }, { Native.verify(model) })) {
            val status = step()
            if (status != Native.OK) {
                throw ArtifactException("$source cannot be opened: ${Native.reason(status)} Export the model again.")
            }
        }
        if (Processor.hasDotProducts()) Native.choosePath(model, SDOT)
        return CModel(Metadata.parse(Native.metadata(model).toString(Charsets.UTF_8), source), model, blob)
    }

    internal companion object {
        /** `NL_PATH_SDOT` of neurolite_model.h. */
        const val SDOT = 7
        private const val PATHS = 10

        /** Of an open model; of null the fastest that this processor has. */
        fun instructionSet(model: ByteBuffer?): String {
            if (model == null && Processor.hasDotProducts()) return "sdot"
            val path = model?.let(Native::path) ?: (PATHS - 1 downTo 0).first { Native.pathName(it) != null }
            // The runtime names no path of which it cannot say whether the processor has it.
            return Native.pathName(path)?.toString(Charsets.UTF_8) ?: "sdot"
        }
    }
}
