package org.neurolite.demo.runtime

import java.io.File
import kotlin.system.exitProcess
import org.neurolite.demo.core.answerLines

/** `AnswerLinesKt MODEL.onnx texts.jsonl`: see [answerLines]. */
public fun main(arguments: Array<String>) {
    if (arguments.size != 2) {
        System.err.println("Give a model and a file of texts.")
        exitProcess(2)
    }
    answerLines(OnnxEngine(), File(arguments[0]), File(arguments[1])) { println(it) }
}
