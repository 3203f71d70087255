package org.neurolite.demo.runtime

import ai.onnxruntime.OrtEnvironment
import ai.onnxruntime.OrtException
import ai.onnxruntime.OrtSession
import java.nio.ByteBuffer
import org.neurolite.demo.core.ArtifactException
import org.neurolite.demo.core.Engine
import org.neurolite.demo.core.Metadata
import org.neurolite.demo.core.Model

/**
 * Artifacts `.onnx` in ONNX Runtime, on one thread; the same classes on a desktop and in the AAR of Android.
 *
 * @param opLibrary the native op's library, by which the hash runs faster; null runs its function body.
 */
public class OnnxEngine(private val opLibrary: String? = null) : Engine {
    override val name: String = "ort"

    override val runtime: String by lazy { "onnxruntime ${OrtEnvironment.getEnvironment().version}" }

    override fun open(content: ByteBuffer, source: String): Model {
        val session = try {
            opened(content)
        } catch (error: OrtException) {
            throw ArtifactException("$source cannot be opened by $runtime. Export the model again.", error)
        }
        return try {
            OnnxModel(session, metadataOf(session, source))
        } catch (error: ArtifactException) {
            session.close()
            throw error
        }
    }

    private fun opened(content: ByteBuffer): OrtSession {
        val bytes = ByteArray(content.remaining()).also { content.duplicate().get(it) }
        return OrtSession.SessionOptions().use { options ->
            options.setIntraOpNumThreads(1)
            options.setInterOpNumThreads(1)
            opLibrary?.let(options::registerCustomOpLibrary)
            OrtEnvironment.getEnvironment().createSession(bytes, options)
        }
    }

    private fun metadataOf(session: OrtSession, source: String): Metadata {
        val text = session.metadata.customMetadata[Metadata.KEY] ?: throw ArtifactException(
            "$source was not exported by neurolite-export: it has no ${Metadata.KEY} metadata.",
        )
        val metadata = Metadata.parse(text, source)
        val inputs = setOf(metadata.inputName) + metadata.state.map { it.name }
        val outputs = metadata.outputs + metadata.state.map { it.nextName } + OnnxModel.WORDS
        if (session.inputNames != inputs || !session.outputNames.containsAll(outputs)) {
            throw ArtifactException("$source has not the inputs and outputs that its metadata names.")
        }
        return metadata
    }
}
