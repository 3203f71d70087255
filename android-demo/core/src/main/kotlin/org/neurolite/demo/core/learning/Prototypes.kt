package org.neurolite.demo.core.learning

import kotlin.math.sqrt
import org.neurolite.demo.core.SMALLEST

/**
 * The prototypes of one label: running means of its examples, several where these lie in several places.
 *
 * They are a function of the examples in the order of their ids; "The same on every platform" of docs/learning.md.
 */
internal class Prototypes(private val settings: Settings, private val vectorOf: (Int) -> DoubleArray) {
    /** Not of length 1. */
    val means = ArrayList<DoubleArray>()

    /** Of each mean, its examples by row. */
    val members = ArrayList<List<Int>>()

    /** Of how many examples each is the mean; an average that forgets has at most 1 / rate. */
    fun counts(): List<Double> {
        val most = if (settings.rate == 0.0) Double.POSITIVE_INFINITY else 1 / settings.rate
        return members.map { minOf(it.size.toDouble(), most) }
    }

    /** Takes one more example. */
    fun observe(row: Int) {
        val vector = vectorOf(row)
        if (means.isEmpty()) {
            add(listOf(row), vector)
            return
        }
        val near = nearest(vector)
        members[near] = members[near] + row
        val count = members[near].size
        val share = maxOf(1.0 / count, settings.rate)
        val old = means[near]
        means[near] = DoubleArray(old.size) { old[it] + share * (vector[it] - old[it]) }
        if (isMoment(count)) look(near)
    }

    private fun nearest(vector: DoubleArray): Int = highest(means.size) { dot(unit(means[it]), vector) }

    private fun add(rows: List<Int>, mean: DoubleArray) {
        members += rows
        means += mean
    }

    private fun take(place: Int): List<Int> {
        means.removeAt(place)
        return members.removeAt(place)
    }

    /** Splits, joins and drops, in this order, once each. */
    private fun look(place: Int) {
        val parts = twoMeans(members[place], vectorOf)
        if (parts != null && gain(parts.first, parts.second) >= settings.splitGain) {
            take(place)
            addMeanOf(parts.first)
            addMeanOf(parts.second)
        }
        if (means.size > 1) join()
        if (means.size > settings.mostPrototypes) drop()
    }

    private fun addMeanOf(rows: List<Int>) = add(rows, mean(rows.map(vectorOf)))

    private fun join() {
        val units = means.map(::unit)
        val pairs = units.indices.flatMap { a -> (a + 1 until units.size).map { b -> a to b } }
        val (first, second) = pairs[highest(pairs.size) { dot(units[pairs[it].first], units[pairs[it].second]) }]
        if (gain(members[first], members[second]) < settings.joinGain) {
            addMeanOf((take(second) + take(first)).sorted())
        }
    }

    /** The one with the fewest examples goes; they move to the nearest others. */
    private fun drop() {
        val rows = take(highest(members.size) { -members[it].size.toDouble() })
        val moved = rows.map { nearest(vectorOf(it)) }
        rows.forEachIndexed { at, row -> members[moved[at]] = members[moved[at]] + row }
        for (place in moved.distinct()) {
            members[place] = members[place].sorted()
            means[place] = mean(members[place].map(vectorOf))
        }
    }

    /** The share of the spread of both that is gone when each has its own mean. */
    private fun gain(left: List<Int>, right: List<Int>): Double {
        val whole = spread(left + right)
        if (whole <= SMALLEST * (left.size + right.size)) return 0.0
        return 1 - (spread(left) + spread(right)) / whole
    }

    private fun spread(rows: List<Int>): Double {
        val total = sum(rows.map(vectorOf))
        return rows.size - sqrt(dot(total, total))
    }

    /** Whether it is [Settings.splitFrom] times a power of two. */
    private fun isMoment(count: Int): Boolean {
        val times = count / settings.splitFrom
        return count % settings.splitFrom == 0 && times > 0 && times and (times - 1) == 0
    }
}

/** Two groups of examples (Dhillon and Modha 2001, "Concept Decompositions"); null if one is empty. */
private fun twoMeans(rows: List<Int>, vectorOf: (Int) -> DoubleArray): Pair<List<Int>, List<Int>>? {
    val own = rows.map(vectorOf)
    val total = sum(own)
    val first = highest(own.size) { -dot(own[it], total) }
    val second = highest(own.size) { -dot(own[it], own[first]) }
    var sides = own.map { dot(it, own[first]) > dot(it, own[second]) }
    for (round in 0 until ROUNDS) {
        if (true !in sides || false !in sides) return null
        val left = unit(sum(own.filterIndexed { at, _ -> sides[at] }))
        val right = unit(sum(own.filterIndexed { at, _ -> !sides[at] }))
        val moved = own.map { dot(it, left) > dot(it, right) }
        if (moved == sides) break
        sides = moved
    }
    val (left, right) = rows.indices.partition { sides[it] }
    return if (left.isEmpty() || right.isEmpty()) null else left.map(rows::get) to right.map(rows::get)
}

private const val ROUNDS = 10
