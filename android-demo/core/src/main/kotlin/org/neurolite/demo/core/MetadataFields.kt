package org.neurolite.demo.core

/** The entries of a file's metadata, each checked as it is read. */
internal class MetadataFields(private val values: Map<*, *>, private val source: String) {
    fun version(name: String) {
        val found = values[name]
        if (found == VERSION) return
        val newer = found is Long && found > VERSION
        throw ArtifactException(
            "$source has $name $found; this app reads $VERSION. " +
                if (newer) "Update the app." else "Export the model again.",
        )
    }

    fun text(name: String): String = values[name] as? String ?: wrong(name)

    fun choice(name: String, known: Set<String>): String = text(name).takeIf { it in known } ?: wrong(name)

    fun count(name: String): Int = values.count(name) ?: wrong(name)

    fun texts(name: String): List<String> = strings(values[name]) ?: wrong(name)

    fun fraction(name: String): Double? {
        val value = values[name] ?: return null
        val found = (value as? Number)?.toDouble() ?: wrong(name)
        return found.takeIf { it >= 0 && it < 1 } ?: wrong(name)
    }

    fun modelId(): String? {
        val value = values["model_id"] ?: return null
        return (value as? String)?.takeIf { isModelId(it) } ?: wrong("model_id")
    }

    fun similarities(): List<Similarity> {
        val items = values["similarities"] ?: return emptyList()
        return (items as? List<*>)?.map { Similarity.of(it) ?: wrong("similarities") } ?: wrong("similarities")
    }

    fun spans(): SpanFacts? {
        val value = values["spans"] ?: return null
        if (value !is Map<*, *>) wrong("spans")
        val types = strings(value["types"]) ?: wrong("spans")
        val limits = (value["thresholds"] as? List<*>)?.map { (it as? Number)?.toDouble() ?: wrong("spans") }
        if (limits == null || limits.size != types.size || !limits.all { it in 0.0..1.0 }) wrong("spans")
        return SpanFacts(types, limits)
    }

    /** A list that files of before there was one lack. */
    fun <T> items(name: String, read: (Map<*, *>) -> T?): List<T> {
        val items = (values[name] ?: emptyList<Any>()) as? List<*> ?: wrong(name)
        if (items.size > MOST_ITEMS) wrong(name)
        return items.map { (it as? Map<*, *>)?.let(read) ?: wrong(name) }
    }

    private fun wrong(name: String): Nothing {
        val has = if (name in values) "has an entry '$name' that cannot be" else "lacks '$name'"
        throw ArtifactException("$source: its metadata $has. Export the model again.")
    }

    internal companion object {
        const val VERSION = 2L
        const val MOST_ITEMS = 10_000
        private const val MOST_AXES = 4
        private const val MOST_VALUES = 1 shl 22
        private const val NEXT = "next_"
        private val STATE_NAME = Regex("[a-z][a-z0-9_]{0,47}")
        private val MODEL_ID = Regex("[0-9a-f]{32}")

        fun isModelId(text: String): Boolean = MODEL_ID.matches(text)

        fun strings(value: Any?): List<String>? {
            val items = value as? List<*> ?: return null
            return items.map { it as? String ?: return null }
        }

        private fun Map<*, *>.count(name: String): Int? =
            (this[name] as? Long)?.takeIf { it in 1..Int.MAX_VALUE }?.toInt()

        fun bucket(item: Map<*, *>): Bucket? {
            return Bucket(item.count("num_bytes") ?: return null, item.count("num_words") ?: return null)
        }

        fun rule(item: Map<*, *>): RuleFact? {
            val name = item["name"] as? String ?: return null
            val effect = (item["effect"] as? String)?.takeIf { it in RuleFact.EFFECTS } ?: return null
            val labels = strings(item["labels"]) ?: return null
            val strength = (item["strength"] as? Long)?.takeIf { it in 0..MOST_ITEMS } ?: return null
            val weight = item["weight"]?.let { (it as? Number)?.toDouble() ?: return null }
            val about = effect == RuleFact.ABSTAIN || effect == "nothing" || labels.isNotEmpty()
            val reason = (item["reason"] as? String)?.takeIf { about } ?: return null
            return RuleFact(name, effect, labels, strength.toInt(), weight, reason)
        }

        fun state(item: Map<*, *>): StateSpec? {
            val name = (item["name"] as? String)?.takeIf { STATE_NAME.matches(it) } ?: return null
            val sizes = (item["shape"] as? List<*>)?.map { it as? Long ?: return null } ?: return null
            if (sizes.size > MOST_AXES || !sizes.all { it in 1..MOST_VALUES }) return null
            if (sizes.fold(1.0) { all, size -> all * size } > MOST_VALUES) return null
            val type = (item["dtype"] as? String)?.takeIf { it == StateSpec.FLOAT || it == StateSpec.INT }
            val initial = (item["initial"] as? Number)?.toDouble() ?: return null
            val exact = if (type == StateSpec.INT) initial.toInt().toDouble() else initial.toFloat().toDouble()
            if (exact != initial || name.startsWith(NEXT)) return null
            return StateSpec(name, sizes.map { it.toInt() }, type ?: return null, initial)
        }
    }
}
