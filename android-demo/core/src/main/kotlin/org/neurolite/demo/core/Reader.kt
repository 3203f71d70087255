package org.neurolite.demo.core

/** What a model says of texts: from a string to an answer, as docs/app-contract.md has it. */
public class Reader(public val model: Model) {
    public val metadata: Metadata get() = model.metadata

    /**
     * Answers one text.
     *
     * @param state in the light of what it is answered; null where nothing came before.
     * @param top so many best labels, of a model of one label a text.
     * @param threshold in place of the model's own.
     */
    public fun answer(
        text: String,
        state: State? = null,
        top: Int = 3,
        threshold: Double? = metadata.threshold,
    ): Answer = answer(utf8(text), text, state, top, threshold)

    /** Answers bytes of any content, in which no spans are looked for: these are places of a string. */
    public fun answer(data: ByteArray): Answer = answer(data, null, null, 1, metadata.threshold)

    private fun answer(data: ByteArray, text: String?, state: State?, top: Int, threshold: Double?): Answer {
        val cut = TextCutter.cut(data, metadata.maxBytes)
        val outputs = model.run(cut.bytes, state)
        val decision = decided(outputs, metadata, top, threshold)
        return Answer(
            best = decision.best,
            inScope = decision.inScope,
            abstained = decision.abstained,
            rules = firedRules(metadata.rules, outputs.rules, metadata.several),
            spans = metadata.spans?.let { facts -> text?.let { spansOf(outputs, it, facts) } } ?: emptyList(),
            words = outputs.words,
            truncated = cut.lost || outputs.words > metadata.maxWords,
            embedding = outputs.embedding,
            state = outputs.state,
            outputs = outputs,
        )
    }
}
