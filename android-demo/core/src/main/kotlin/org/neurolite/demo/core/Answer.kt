package org.neurolite.demo.core

/** A label and how likely it is: softmax, or of several labels a text the sigmoid of its logit. */
public data class Scored(val label: String, val score: Double)

/** A rule that fired. */
public data class FiredRule(
    val name: String,
    val does: String,
    val reason: String,
    val overruled: Boolean,
)

/**
 * A part of a text that is of a type.
 *
 * @property start its first char in the String that was asked; of text from bytes, in the decoded String.
 * @property end the char behind its last.
 * @property startByte its first byte of the text's UTF-8.
 * @property endByte the byte behind its last.
 */
public data class Span(
    val type: String,
    val start: Int,
    val end: Int,
    val startByte: Int,
    val endByte: Int,
    val text: String,
    val score: Double,
)

/**
 * What a model says of a text.
 *
 * @property best the best labels, best first: one or more of a model of one label a text; the given ones, maybe none,
 *   of a model of several; empty of encoders and of models of spans alone.
 * @property inScope how likely the text has any label, 0 to 1; null where the task has no such score.
 * @property abstained whether not to act on the label; null where the model has no threshold to tell.
 * @property rules that fired, the strongest first.
 * @property spans in the order of the text.
 * @property words that were found.
 * @property truncated something of the text was not read.
 * @property embedding of the text; empty where the model gives none.
 * @property state what is remembered after it.
 * @property outputs what all this was made of.
 */
public class Answer(
    public val best: List<Scored>,
    public val inScope: Double?,
    public val abstained: Boolean?,
    public val rules: List<FiredRule>,
    public val spans: List<Span>,
    public val words: Int,
    public val truncated: Boolean,
    public val embedding: FloatArray,
    public val state: State,
    public val outputs: Outputs,
) {
    /** The best label; null where there is none. */
    public val label: String? get() = best.firstOrNull()?.label

    /** Its probability. */
    public val probability: Double? get() = best.firstOrNull()?.score

    /** The first rule that had its way. */
    public val ruleFired: FiredRule? get() = rules.firstOrNull { !it.overruled }
}
