package org.neurolite.demo

import org.junit.runners.model.FrameworkMethod
import org.robolectric.RobolectricTestRunner
import org.robolectric.internal.bytecode.InstrumentationConfiguration

/** One class loader for what loads a C library, which the JVM lets one alone have; each configuration has its own. */
class SharedNativesRunner(test: Class<*>) : RobolectricTestRunner(test) {
    override fun createClassLoaderConfig(method: FrameworkMethod): InstrumentationConfiguration =
        InstrumentationConfiguration.Builder(super.createClassLoaderConfig(method))
            .doNotAcquirePackage("org.neurolite.demo.engine.")
            .doNotAcquirePackage("org.neurolite.demo.core.")
            .build()
}
