package org.neurolite.demo.runtime

import ai.onnxruntime.OnnxJavaType
import ai.onnxruntime.OnnxTensor
import ai.onnxruntime.OrtEnvironment
import ai.onnxruntime.OrtSession
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.nio.FloatBuffer
import java.nio.IntBuffer
import org.neurolite.demo.core.Metadata
import org.neurolite.demo.core.Model
import org.neurolite.demo.core.Outputs
import org.neurolite.demo.core.State
import org.neurolite.demo.core.StateSpec
import org.neurolite.demo.core.Tensor
import org.neurolite.demo.core.runInBuckets
import org.neurolite.demo.core.startOf

/** An open `.onnx`. */
internal class OnnxModel(private val session: OrtSession, override val metadata: Metadata) : Model {
    private val environment = OrtEnvironment.getEnvironment()
    private val wanted = (metadata.outputs + metadata.state.map { it.nextName } + WORDS).toSet()

    override fun run(text: ByteArray, state: State?): Outputs {
        val given = state ?: startOf(metadata.state)
        if (metadata.buckets.isNotEmpty()) {
            return runInBuckets(metadata.buckets, text) { _, bytes -> ran(bytes, given) }
        }
        // ONNX Runtime keeps a plan of its memory for every length that it has met: of few, there are few.
        val length = maxOf(1, (text.size + LENGTH_STEP - 1) / LENGTH_STEP) * LENGTH_STEP
        return ran(text.copyOf(length), given)
    }

    private fun ran(bytes: ByteArray, state: State): Outputs {
        val inputs = LinkedHashMap<String, OnnxTensor>()
        try {
            inputs[metadata.inputName] = tensor(bytes)
            for (spec in metadata.state) inputs[spec.name] = tensor(spec, state.getValue(spec.name))
            session.run(inputs, wanted).use { return outputs(it) }
        } finally {
            inputs.values.forEach { it.close() }
        }
    }

    private fun outputs(found: OrtSession.Result): Outputs {
        val words = ints(found, WORDS)[0]
        return Outputs(
            words = words,
            logits = floats(found, "logits"),
            embedding = floats(found, "embedding"),
            rules = ints(found, "rules"),
            tags = floats(found, "tags"),
            offsets = ints(found, "offsets"),
            experts = ints(found, "expert"),
            state = metadata.state.associate { it.name to kept(it, found) },
        )
    }

    private fun kept(spec: StateSpec, found: OrtSession.Result): Tensor =
        if (spec.type == StateSpec.FLOAT) {
            Tensor.Floats(floats(found, spec.nextName))
        } else {
            Tensor.Ints(ints(found, spec.nextName))
        }

    private fun floats(found: OrtSession.Result, name: String): FloatArray {
        val tensor = found.get(name).orElse(null) as OnnxTensor? ?: return FloatArray(0)
        val values = tensor.floatBuffer
        return FloatArray(values.remaining()).also { values.get(it) }
    }

    private fun ints(found: OrtSession.Result, name: String): IntArray {
        val tensor = found.get(name).orElse(null) as OnnxTensor? ?: return IntArray(0)
        val values = tensor.intBuffer
        return IntArray(values.remaining()).also { values.get(it) }
    }

    private fun tensor(bytes: ByteArray): OnnxTensor {
        val buffer = ByteBuffer.allocateDirect(bytes.size).put(bytes)
        buffer.rewind()
        return OnnxTensor.createTensor(environment, buffer, longArrayOf(1, bytes.size.toLong()), OnnxJavaType.UINT8)
    }

    private fun tensor(spec: StateSpec, values: Tensor): OnnxTensor {
        val shape = LongArray(spec.shape.size + 1) { if (it == 0) 1L else spec.shape[it - 1].toLong() }
        return when (values) {
            is Tensor.Floats -> OnnxTensor.createTensor(environment, direct(values.values), shape)
            is Tensor.Ints -> OnnxTensor.createTensor(environment, direct(values.values), shape)
        }
    }

    private fun direct(values: FloatArray): FloatBuffer {
        val buffer = room(values.size).asFloatBuffer().put(values)
        buffer.rewind()
        return buffer
    }

    private fun direct(values: IntArray): IntBuffer {
        val buffer = room(values.size).asIntBuffer().put(values)
        buffer.rewind()
        return buffer
    }

    private fun room(numbers: Int): ByteBuffer =
        ByteBuffer.allocateDirect(numbers * Int.SIZE_BYTES).order(ByteOrder.nativeOrder())

    override fun close() = session.close()

    internal companion object {
        const val WORDS: String = "words"
        private const val LENGTH_STEP = 16
    }
}
