package org.neurolite.demo

import org.neurolite.demo.core.Engine
import org.neurolite.demo.engine.CEngine

/** The flavour `c`: this project's own runtime. */
internal object Flavour {
    const val SUFFIX = ".nlm"

    fun engine(): Engine = CEngine()
}
