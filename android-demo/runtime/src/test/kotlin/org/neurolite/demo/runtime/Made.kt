package org.neurolite.demo.runtime

import java.io.File
import java.nio.ByteBuffer
import org.neurolite.demo.core.Json
import org.neurolite.demo.core.Model

/** Models and Python's answers, as offline/models.mk made them of the package. */
internal object Made {
    private val folder = File(checkNotNull(System.getProperty("neurolite.made")) { "Run make in offline/." })

    fun file(name: String): File = File(folder, name)

    fun open(name: String): Model = OnnxEngine().open(ByteBuffer.wrap(file("$name.onnx").readBytes()), name)

    /** What neurolite-run said of each text. */
    fun answers(name: String): List<Map<*, *>> = file("$name.jsonl").readLines().map { Json.parse(it) as Map<*, *> }
}
