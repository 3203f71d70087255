package org.neurolite.demo

import android.content.Context
import android.content.pm.ApplicationInfo
import android.os.Build
import android.os.Debug
import android.os.PowerManager
import org.neurolite.demo.core.bench.BenchRun

/** What the system says of the phone and its state; null where it says nothing. */
internal class Device(private val context: Context) {
    private val power = context.getSystemService(PowerManager::class.java)

    val facts: Map<String, Any?>
        get() = mapOf(
            "manufacturer" to Build.MANUFACTURER,
            "model" to Build.MODEL,
            "system" to "Android ${Build.VERSION.RELEASE}",
            "abi" to Build.SUPPORTED_ABIS.firstOrNull(),
            "cores" to Runtime.getRuntime().availableProcessors(),
        )

    val powerSaving: Boolean? get() = power?.isPowerSaveMode

    /** One of [BenchRun.THERMAL]. */
    fun thermal(): String? =
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.Q) {
            power?.currentThermalStatus?.let(BenchRun.THERMAL::getOrNull)
        } else {
            null
        }

    /** Proportional set size of the app, in bytes. */
    fun memory(): Long? = Debug.getPss().takeIf { it > 0 }?.let { it * BYTES_PER_KB }

    val warnings: List<String>
        get() = listOfNotNull(
            "This is an emulator, whose times are not those of a phone.".takeIf { isEmulator() },
            "This is a debug build: its times may be longer than a user's.".takeIf { isDebuggable() },
            "A debugger is connected.".takeIf { Debug.isDebuggerConnected() },
        )

    private fun isDebuggable() = context.applicationInfo.flags and ApplicationInfo.FLAG_DEBUGGABLE != 0

    private fun isEmulator() = EMULATORS.any { it in Build.HARDWARE || it in Build.FINGERPRINT }

    companion object {
        const val MEMORY_SOURCE = "Debug.getPss"
        private const val BYTES_PER_KB = 1024L
        private val EMULATORS = listOf("ranchu", "goldfish", "generic", "robolectric")
    }
}
