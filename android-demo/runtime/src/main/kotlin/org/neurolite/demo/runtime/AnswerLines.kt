package org.neurolite.demo.runtime

import kotlin.system.exitProcess
import org.neurolite.demo.core.answerLines

/** What ONNX Runtime answers to a file of texts: see [answerLines]. */
public fun main(arguments: Array<String>): Unit = exitProcess(answerLines(OnnxEngine(), arguments))
