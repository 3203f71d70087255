package org.neurolite.demo.core.learning

/**
 * How a store learns, the same on every platform.
 *
 * @property rate least share of a new example in its prototype.
 * @property mostPrototypes of one label.
 * @property splitFrom examples of a prototype from which on it may be split.
 * @property splitGain share of the spread that a split must take away.
 * @property joinGain two prototypes are joined where parting them takes away less than this.
 * @property halfLife events in which an unused example's strength halves.
 * @property learning share of the way that a use moves a strength.
 * @property focus of a way of answering that this app has not; kept for those that have.
 */
public data class Settings(
    val rate: Double = 0.01,
    val mostPrototypes: Int = 8,
    val splitFrom: Int = 16,
    val splitGain: Double = 0.1,
    val joinGain: Double = 0.1,
    val halfLife: Long = 10_000,
    val learning: Double = 0.25,
    val focus: Double = 16.0,
) {
    internal fun toJson(): Map<String, Any?> =
        mapOf(
            "rate" to rate, "most_prototypes" to mostPrototypes, "split_from" to splitFrom, "split_gain" to splitGain,
            "join_gain" to joinGain, "half_life" to halfLife, "learning" to learning, "focus" to focus,
        )

    internal companion object {
        private val NAMES = Settings().toJson().keys

        /** Of JSON from anywhere; null where it cannot be one. */
        fun of(value: Any?): Settings? {
            if (value !is Map<*, *> || value.keys != NAMES) return null
            fun whole(name: String, range: LongRange) = (value[name] as? Long)?.takeIf { it in range }
            fun number(name: String, most: Double = 1.0) =
                (value[name] as? Number)?.toDouble()?.takeIf { it >= 0 && it <= most }
            return Settings(
                rate = number("rate") ?: return null,
                mostPrototypes = whole("most_prototypes", 1..64L)?.toInt() ?: return null,
                splitFrom = whole("split_from", 4..(1L shl 20))?.toInt() ?: return null,
                splitGain = number("split_gain") ?: return null,
                joinGain = number("join_gain") ?: return null,
                halfLife = whole("half_life", 1..(1L shl 31)) ?: return null,
                learning = number("learning") ?: return null,
                focus = number("focus", 1e3) ?: return null,
            )
        }
    }
}
