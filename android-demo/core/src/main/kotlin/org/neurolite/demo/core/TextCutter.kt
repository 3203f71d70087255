package org.neurolite.demo.core

/** A text as a model takes it. */
public class CutText(public val bytes: ByteArray, public val lost: Boolean)

/**
 * Cuts texts to what a model takes, at a word border: section 8 of docs/hash-spec.md.
 *
 * The cut falls behind the last word that is whole within the limit; where a single word fills it, at the limit.
 */
public object TextCutter {
    /** @return the text and whether something other than separators was cut off. */
    public fun cut(text: ByteArray, maxBytes: Int): CutText {
        if (text.size <= maxBytes) return CutText(text, false)
        // Whether a word goes on is said by what comes behind the limit.
        val near = text.copyOf(minOf(text.size, maxBytes + LOOK_AHEAD) + 1)
        near[near.size - 1] = 0
        val border = partsOf(near).filter { it.isBorder && it.at <= maxBytes }.lastOrNull()?.at ?: 0
        val place = if (border > 0) border else maxBytes
        val lost = (place until text.size).any { text[it].toInt() !in BLANKS }
        return CutText(text.copyOf(place), lost)
    }

    /** Of each word its first byte, and the one behind its last. */
    internal fun words(text: ByteArray): List<IntArray> {
        val found = ArrayList<IntArray>()
        for (part in partsOf(text.copyOf(text.size + 1))) {
            if (part.isWord && part.isBorder) {
                found += intArrayOf(part.at, part.end)
            } else if (part.isWord) {
                found.last()[1] = part.end
            }
        }
        return found
    }

    /** A character with what follows it: of a word or a separator, and whether it does not go on what is before it. */
    private class Part(val at: Int, val end: Int, val isWord: Boolean, val isBorder: Boolean)

    /** @param text with a NUL behind it. */
    private fun partsOf(text: ByteArray): List<Part> {
        val characters = Characters.of(text)
        var previous = CharacterClasses.SEPARATOR
        return List(characters.count) { at ->
            val position = characters.positions[at]
            val own = characters.classes[at]
            val behind = if (at + 1 < characters.count) characters.positions[at + 1] else characters.size
            val kept = if (behind - position > MOST_CLUSTER) CharacterClasses.SEPARATOR else own
            val continues = (own == previous || own == CharacterClasses.MARK) &&
                own != CharacterClasses.ISOLATED && own != CharacterClasses.SEPARATOR &&
                previous != CharacterClasses.SEPARATOR
            previous = kept
            val isWord = kept != CharacterClasses.SEPARATOR
            Part(position, behind, isWord, !isWord || !continues)
        }
    }

    private const val MOST_CLUSTER = 16
    private const val LOOK_AHEAD = MOST_CLUSTER + 8
    private val BLANKS = setOf(0x20, 0x09, 0x0D, 0x0A, 0x00)
}

/** Characters of bytes, those that follow another (accents, ignorable ones) counted to it. */
private class Characters(val positions: IntArray, val classes: IntArray, val count: Int, val size: Int) {
    companion object {
        fun of(bytes: ByteArray): Characters {
            val positions = IntArray(bytes.size)
            val classes = IntArray(bytes.size)
            var all = 0
            var at = 0
            while (at < bytes.size) {
                positions[all] = at
                val more = continued(bytes, at)
                classes[all++] = CharacterClasses.of(code(bytes, at, more))
                at += 1 + more
            }
            val resolved = IntArray(all) { resolved(classes, it, all) }
            var count = 0
            for (place in 0 until all) {
                if (resolved[place] >= CharacterClasses.ACCENT) continue
                positions[count] = positions[place]
                classes[count++] = resolved[place]
            }
            return Characters(positions, classes, count, bytes.size)
        }

        /** An apostrophe between letters is one, else punctuation. */
        private fun resolved(classes: IntArray, at: Int, count: Int): Int {
            if (classes[at] != CharacterClasses.APOSTROPHE) return classes[at]
            val between = at > 0 && at + 1 < count && isWordly(classes[at - 1]) && isWordly(classes[at + 1])
            return if (between) CharacterClasses.LETTER else CharacterClasses.PUNCTUATION
        }

        private fun isWordly(kind: Int): Boolean = kind == CharacterClasses.LETTER || kind >= CharacterClasses.ACCENT

        /** Bytes that go on a character; 0 where there are too few, and the first then stands alone. */
        private fun continued(bytes: ByteArray, at: Int): Int {
            val first = bytes[at].toInt() and 0xFF
            val needed = when {
                first < 0xC0 || first >= 0xF8 -> 0
                first < 0xE0 -> 1
                first < 0xF0 -> 2
                else -> 3
            }
            val whole = (1..needed).all { at + it < bytes.size && (bytes[at + it].toInt() and 0xC0) == 0x80 }
            return if (whole) needed else 0
        }

        private fun code(bytes: ByteArray, at: Int, more: Int): Int {
            val first = bytes[at].toInt() and 0xFF
            if (more == 0) return if (first < 0x80) first else STRAY + first
            var code = first and (0x3F shr more)
            for (next in 1..more) code = (code shl 6) or (bytes[at + next].toInt() and 0x3F)
            return code
        }

        /** What a byte outside of any character is counted from. */
        private const val STRAY = 0xDC00
    }
}
