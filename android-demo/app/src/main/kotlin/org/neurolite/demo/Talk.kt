package org.neurolite.demo

import android.util.Log
import java.io.File
import org.neurolite.demo.core.Conversation
import org.neurolite.demo.core.Json

/** What was said, and what the model understood. */
internal class Turn(val text: String, val label: String, val probability: Double, val sure: Boolean, val millis: Double)

/** The conversation, kept in the app's own files until it is forgotten. Of the worker's thread alone. */
internal class Talk(private val models: Models, folder: File) {
    private val state = File(folder, "conversation.nlstate")
    private val texts = File(folder, "conversation.json")
    private var talk: Conversation? = null
    private val said = ArrayList<Turn>()

    /** All turns so far, the oldest first. */
    fun turns(): List<Turn> {
        conversation()
        return said.toList()
    }

    fun say(text: String): List<Turn> {
        val talk = conversation()
        val found = timed { talk.remember(text) }
        val answer = found.value
        val sure = answer.abstained != true
        said += Turn(text, answer.label.orEmpty(), answer.probability ?: 0.0, sure, found.millis)
        talk.save(state)
        texts.writeText(Json.write(said.map(::written)))
        return said.toList()
    }

    fun forget() {
        talk?.forget()
        said.clear()
        state.delete()
        texts.delete()
    }

    private fun conversation(): Conversation = talk ?: restored().also { talk = it }

    /** What was saved; a new one where nothing was, or what was is of another model or damaged. */
    private fun restored(): Conversation {
        val reader = models.reader(Models.DIALOGUES)
        if (state.isFile && texts.isFile) {
            try {
                val turns = (Json.parse(texts.readText()) as List<*>).map { read(it as Map<*, *>) }
                val saved = Conversation.open(state, reader)
                if (saved.turns == turns.size) {
                    said += turns
                    return saved
                }
            } catch (error: Exception) {
                // Damaged files are not worth an app that does not open; what else is wrong shows with the next turn.
                Log.w("NeuroLite", "the saved conversation cannot be read", error)
            }
            forget()
        }
        return Conversation(reader)
    }

    private fun written(turn: Turn): Map<String, Any> = mapOf(
        "text" to turn.text,
        "label" to turn.label,
        "probability" to turn.probability,
        "sure" to turn.sure,
        "millis" to turn.millis,
    )

    private fun read(turn: Map<*, *>): Turn = Turn(
        turn["text"] as String,
        turn["label"] as String,
        turn["probability"] as Double,
        turn["sure"] as Boolean,
        turn["millis"] as Double,
    )
}
