package org.neurolite.demo.core

/** The fixed shapes of a file that offers them: bytes that it takes, and words that it reads. */
public data class Bucket(val numBytes: Int, val numWords: Int)

/** The types of spans, in the order of their tags, and below which score one is not given. */
public data class SpanFacts(val types: List<String>, val thresholds: List<Double>)

/**
 * What an exported file says of itself.
 *
 * @property task `classification`, `multi_label`, `embedding`, `spans` or `generation`.
 * @property labels in the order of the logits.
 * @property threshold a text whose score is below it gets no answer; null where nobody could say.
 * @property maxWords words that the model reads.
 * @property maxBytes bytes of a text that it is given at most.
 * @property modelId of the encoder, by which stores and conversations know it again.
 * @property buckets smallest first; empty where shapes are free.
 */
public class Metadata private constructor(fields: MetadataFields) {
    public val task: String = fields.choice("task", TASKS)
    public val labels: List<String> = fields.texts("labels")
    public val threshold: Double? = fields.fraction("threshold")
    public val maxWords: Int = fields.count("max_words")
    public val maxBytes: Int = fields.count("max_bytes")
    public val embeddingSize: Int = fields.count("embedding_size")
    public val parameters: Int = fields.count("parameters")
    public val target: String = fields.text("target")
    public val precision: String = fields.text("precision")
    public val name: String = fields.text("name")
    public val modelId: String? = fields.modelId()
    public val inputName: String = fields.text("input_name")
    public val outputs: List<String> = fields.texts("outputs")
    public val buckets: List<Bucket> = fields.items("buckets", MetadataFields::bucket)
    public val similarities: List<Similarity> = fields.similarities()
    public val rules: List<RuleFact> = fields.items("rules", MetadataFields::rule)
    public val spans: SpanFacts? = fields.spans()
    public val state: List<StateSpec> = fields.items("state", MetadataFields::state)

    /** Whether a text may have any number of labels. */
    public val several: Boolean get() = task == MULTI_LABEL

    private fun problem(): String? =
        when {
            needed() !in outputs -> "lacks the output '${needed()}'"
            maxBytes > MOST_BYTES -> "takes $maxBytes bytes; at most $MOST_BYTES are allowed"
            (task in LABELLED) != labels.isNotEmpty() -> "has not the labels of its task"
            labels.toSet().size < labels.size -> "names a label twice"
            buckets.isNotEmpty() && buckets.last().numBytes < maxBytes -> "takes more bytes than its largest bucket"
            buckets.zipWithNext().any { (a, b) -> a.numBytes >= b.numBytes || a.numWords > b.numWords } ->
                "has buckets that do not grow"
            rules.isNotEmpty() != ("rules" in outputs) -> "has rules without an output of them, or the output without"
            !labels.containsAll(rules.flatMap { it.labels }) -> "has rules on labels that it has not"
            (spans != null) != ("tags" in outputs && "offsets" in outputs) -> "has spans without the outputs of words"
            state.size > MOST_STATES || state.map { it.name }.toSet().size < state.size ->
                "keeps more than $MOST_STATES states, or one twice"
            several && threshold == null -> "has no threshold, by which its labels are given"
            else -> null
        }

    private fun needed(): String = if (task in LABELLED) "logits" else if (task == SPANS) "tags" else "embedding"

    public companion object {
        public const val CLASSIFICATION: String = "classification"
        public const val MULTI_LABEL: String = "multi_label"
        public const val EMBEDDING: String = "embedding"
        public const val SPANS: String = "spans"
        public const val GENERATION: String = "generation"

        /** The key of ONNX' metadata that has it. */
        public const val KEY: String = "neurolite"
        private const val MOST_BYTES = 65_536
        private const val MOST_STATES = 64
        private val LABELLED = setOf(CLASSIFICATION, MULTI_LABEL, GENERATION)
        private val TASKS = LABELLED + setOf(EMBEDDING, SPANS)

        /**
         * Reads it from a file of any origin.
         *
         * @param text the JSON.
         * @param source the file's name, for messages.
         * @throws ArtifactException damaged, of a newer release, or inconsistent.
         */
        public fun parse(text: String, source: String): Metadata {
            val values = try {
                Json.parse(text) as? Map<*, *>
            } catch (error: IllegalArgumentException) {
                throw ArtifactException("$source: its metadata is no JSON. Export the model again.", error)
            }
            values ?: throw ArtifactException("$source: its metadata is no JSON object. Export the model again.")
            val fields = MetadataFields(values, source)
            fields.version("schema_version")
            fields.version("hash_version")
            val found = Metadata(fields)
            found.problem()?.let { throw ArtifactException("$source: its metadata $it. Export the model again.") }
            return found
        }
    }
}
