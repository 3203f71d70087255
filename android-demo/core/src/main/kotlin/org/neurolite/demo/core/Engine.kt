package org.neurolite.demo.core

import java.nio.ByteBuffer

/** What opens artifacts: the C runtime in the flavour `c`, ONNX Runtime in the flavour `ort`. */
public interface Engine {
    /** The flavour, `c` or `ort`. */
    public val name: String

    /** Name and version of what computes, such as `onnxruntime 1.28.0`; for the benchmark's report. */
    public val runtime: String

    /**
     * Opens an artifact.
     *
     * @param content the file from its position to its limit; the engine keeps a copy where it needs one.
     * @param source the file's name, for messages.
     * @throws ArtifactException damaged, of another format, or not exported by neurolite-export.
     */
    public fun open(content: ByteBuffer, source: String): Model
}

/** An open artifact. Blocking, and for one thread at a time. */
public interface Model : AutoCloseable {
    /** What the file says of itself. */
    public val metadata: Metadata

    /**
     * Runs one text; buckets, where the file has them, are the engine's business.
     *
     * @param text UTF-8, at most [Metadata.maxBytes] bytes: [TextCutter] cut it.
     * @param state what is remembered of the conversation; null for its start, or a model that keeps nothing.
     */
    public fun run(text: ByteArray, state: State? = null): Outputs

    override fun close()
}

/**
 * The raw outputs of one text, named as in the metadata; an output that the file lacks is empty.
 *
 * @property words that were found in the text, those beyond [Metadata.maxWords] included.
 * @property logits C numbers, in the order of the labels.
 * @property embedding E numbers.
 * @property rules R numbers, 1 for each rule that fired.
 * @property tags L rows of T logits, row by row: L the words that were read.
 * @property offsets L pairs: of each word its first byte, and the one behind its last.
 * @property experts those that the text chose; empty of a model without.
 * @property state what is remembered after the text; empty of a model that keeps nothing.
 */
public class Outputs(
    public val words: Int,
    public val logits: FloatArray = FloatArray(0),
    public val embedding: FloatArray = FloatArray(0),
    public val rules: IntArray = IntArray(0),
    public val tags: FloatArray = FloatArray(0),
    public val offsets: IntArray = IntArray(0),
    public val experts: IntArray = IntArray(0),
    public val state: State = emptyMap(),
)
