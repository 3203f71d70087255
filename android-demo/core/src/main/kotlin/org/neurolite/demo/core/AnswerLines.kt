package org.neurolite.demo.core

import java.io.File
import java.nio.ByteBuffer

/**
 * Answers a file of texts for `python -m neurolite_bench.apps compare`: a line of JSON for each.
 *
 * @param artifact the model's file.
 * @param texts lines of `{"index": n, "utf16": hex}`, or with `bytes` alone.
 * @param turns every so many texts are the turns of one conversation, each remembered; null: each stands alone.
 * @param print takes the lines.
 */
public fun answerLines(engine: Engine, artifact: File, texts: File, turns: Int?, print: (String) -> Unit) {
    val rows = texts.readLines().filter { it.isNotBlank() }.map { Json.parse(it) as Map<*, *> }
    engine.open(ByteBuffer.wrap(artifact.readBytes()), artifact.name).use { model ->
        val answer = answering(model, artifact.name, turns)
        for ((at, row) in rows.withIndex()) {
            print(Json.write(mapOf("index" to row["index"]) + answer(at, row), ascii = true))
        }
    }
}

private fun answering(model: Model, name: String, turns: Int?): (Int, Map<*, *>) -> Map<String, Any?> {
    if (model.metadata.task == Metadata.GENERATION) return offering(Generator(model, name))
    val reader = Reader(model)
    val answer = if (turns == null) standingAlone(reader) else inConversations(reader, turns)
    return { at, row -> described(model.metadata, answer(at, row)) }
}

/** The tool of an engine: `MODEL texts.jsonl [--turns N]`, lines to standard output; 2 is wrong usage. */
public fun answerLines(engine: Engine, arguments: Array<String>): Int {
    val turns = if (arguments.size == WITH_TURNS && arguments[2] == "--turns") arguments[3].toIntOrNull() else null
    if (arguments.size != 2 && turns == null) {
        System.err.println("Give a model and a file of texts, and --turns N where each N are a conversation.")
        return 2
    }
    answerLines(engine, File(arguments[0]), File(arguments[1]), turns) { println(it) }
    return 0
}

private fun standingAlone(reader: Reader): (Int, Map<*, *>) -> Answer = { _, row ->
    val units = row["utf16"] as String?
    if (units != null) reader.answer(stringOfUnits(units)) else reader.answer(bytesOfHex(row["bytes"] as String))
}

private fun inConversations(reader: Reader, turns: Int): (Int, Map<*, *>) -> Answer {
    val conversation = Conversation(reader)
    return { at, row ->
        if (at % turns == 0) conversation.forget()
        conversation.remember(stringOfUnits(row["utf16"] as String))
    }
}

/** What a generator offers behind each text, with all digits of the scores. */
private fun offering(generator: Generator): (Int, Map<*, *>) -> Map<String, Any?> = { _, row ->
    val text = stringOfUnits(row["utf16"] as String)
    val asked = mapOf(
        "suggest" to generator.suggest(text, OFFERED),
        "complete" to generator.complete(text, OFFERED),
        "offer" to generator.offer(text, OFFERED),
    )
    asked.mapValues { (_, found) -> found.map { listOf(it.text, it.score) } }
}

private fun described(metadata: Metadata, answer: Answer): Map<String, Any?> {
    val vectors = if (metadata.labels.isEmpty()) {
        mapOf("embedding" to hexOf(answer.embedding))
    } else {
        mapOf("logits" to hexOf(answer.outputs.logits))
    }
    val decision = when (metadata.task) {
        Metadata.CLASSIFICATION -> mapOf(
            "label" to answer.label, "score" to answer.probability, "in_scope" to answer.inScope,
            "abstained" to answer.abstained,
        )
        Metadata.MULTI_LABEL ->
            mapOf("labels" to answer.best.map { mapOf("label" to it.label, "score" to it.score) })
        else -> emptyMap()
    }
    val fired = metadata.rules.filterIndexed { at, _ -> answer.outputs.rules[at] != 0 }.map { it.name }
    val rules = if (metadata.rules.isEmpty()) emptyMap() else mapOf("rules" to fired)
    return decision + vectors + rules + mapOf("words" to answer.words, "truncated" to answer.truncated)
}

private const val WITH_TURNS = 4

/** Of each as many as the app asks for. */
private const val OFFERED = 6
private const val HEX = 16
private const val UNIT = 4

/** Halves of pairs may stand alone, which a decoder would replace. */
private fun stringOfUnits(hex: String): String =
    String(CharArray(hex.length / UNIT) { hex.substring(it * UNIT, (it + 1) * UNIT).toInt(HEX).toChar() })

private fun bytesOfHex(hex: String): ByteArray =
    ByteArray(hex.length / 2) { hex.substring(2 * it, 2 * it + 2).toInt(HEX).toByte() }

/** float32, little-endian. */
private fun hexOf(values: FloatArray): String =
    values.joinToString("") { value ->
        Integer.toHexString(Integer.reverseBytes(value.toRawBits())).padStart(2 * UNIT, '0')
    }
