package org.neurolite.demo.engine

import kotlin.system.exitProcess
import org.neurolite.demo.core.answerLines

/** What the C runtime answers to a file of texts: see [answerLines]. */
public fun main(arguments: Array<String>): Unit = exitProcess(answerLines(CEngine(), arguments))
