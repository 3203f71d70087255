package org.neurolite.demo.core

import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Test

class MetadataTest {
    private fun refused(vararg changes: Pair<String, Any?>): String =
        assertThrows("${changes.toList()}", ArtifactException::class.java) { metadataOf(*changes) }.message!!

    @Test
    fun whatCannotBeIsRefused() {
        val wrong = listOf(
            "task" to "guessing", "labels" to listOf(1), "threshold" to 1.5, "max_words" to 0, "max_bytes" to 100_000,
            "model_id" to "x", "outputs" to listOf("logits"), "buckets" to listOf(mapOf("num_bytes" to 8)),
            "rules" to listOf(mapOf("name" to "a")), "spans" to mapOf("types" to listOf("a"), "thresholds" to listOf(2)),
            "state" to listOf(mapOf("name" to "A", "shape" to listOf(1), "dtype" to "float32", "initial" to 0)),
            "state" to List(65) { mapOf("name" to "s$it", "shape" to listOf(1), "dtype" to "int32", "initial" to 0) },
            "state" to listOf(mapOf("name" to "a", "shape" to listOf(1), "dtype" to "int32", "initial" to 0.5)),
            "similarities" to listOf(mapOf("dimension" to 8)), "embedding_size" to "8",
        )
        for (change in wrong) assertEquals(change.first, true, "Export the model again." in refused(change))
    }

    @Test
    fun newerFilesAskForANewerApp() {
        assertEquals(true, "Update the app." in refused("schema_version" to 3))
        assertEquals(true, "Export the model again." in refused("hash_version" to 1))
    }

    @Test
    fun whatIsNoJsonIsRefused() {
        for (text in listOf("", "[]", "{", "1")) {
            assertThrows(text, ArtifactException::class.java) { Metadata.parse(text, "a.onnx") }
        }
    }
}
