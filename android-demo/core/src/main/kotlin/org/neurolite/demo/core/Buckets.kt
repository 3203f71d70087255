package org.neurolite.demo.core

/** The place of the smallest bucket that takes so many bytes; the largest where none does. */
public fun firstBucket(buckets: List<Bucket>, numBytes: Int): Int {
    val found = buckets.indexOfFirst { numBytes <= it.numBytes }
    return if (found >= 0) found else buckets.lastIndex
}

/** Where to run a text again that turned out to have so many words; [place] if they fitted. */
public fun nextBucket(buckets: List<Bucket>, place: Int, words: Int): Int {
    val wanted = minOf(words, buckets.last().numWords)
    return (place..buckets.lastIndex).first { buckets[it].numWords >= wanted }
}

/**
 * Runs a text in the smallest bucket that holds its bytes, and once more where its words do not fit.
 *
 * @param run the bucket at a place, on the text's bytes with zeros up to the bucket's.
 */
public fun runInBuckets(buckets: List<Bucket>, text: ByteArray, run: (Int, ByteArray) -> Outputs): Outputs {
    // A NUL is a separator: those at the end are as good as padding.
    val data = text.copyOf(text.indexOfLast { it != 0.toByte() } + 1)
    val first = firstBucket(buckets, data.size)
    val found = run(first, data.copyOf(buckets[first].numBytes))
    val again = nextBucket(buckets, first, found.words)
    return if (again == first) found else run(again, data.copyOf(buckets[again].numBytes))
}
