package org.neurolite.demo

import org.neurolite.demo.core.Engine
import org.neurolite.demo.runtime.OnnxEngine

/** The flavour `ort`: ONNX Runtime. */
internal object Flavour {
    const val SUFFIX = ".onnx"

    fun engine(): Engine = OnnxEngine()
}
