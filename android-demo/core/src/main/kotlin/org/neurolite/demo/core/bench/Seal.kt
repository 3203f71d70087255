package org.neurolite.demo.core.bench

import java.security.MessageDigest

private const val NAME = "neurolite.sha256"
private const val DIGITS = 64

/** A report with its SHA-256 as the first entry: of the whole text, with zeros in the digest's place. */
internal fun sealed(report: String): String {
    val begin = report.indexOf('{') + 1
    val blanks = report.substring(begin).takeWhile { it in " \t\r\n" }
    val rest = report.substring(begin + blanks.length)
    val behind = blanks.ifEmpty { " " }
    fun with(digest: String) = report.substring(0, begin) + blanks + "\"$NAME\": \"$digest\",$behind$rest"
    val digest = MessageDigest.getInstance("SHA-256").digest(with("0".repeat(DIGITS)).toByteArray())
    return with(digest.joinToString("") { byte -> (byte.toInt() and 0xFF).toString(16).padStart(2, '0') })
}
