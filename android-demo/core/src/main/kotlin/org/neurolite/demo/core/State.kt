package org.neurolite.demo.core

/** What a model keeps of a conversation: its tensors by name. */
public typealias State = Map<String, Tensor>

/** The values of one kept tensor, row by row. */
public sealed class Tensor {
    public class Floats(public val values: FloatArray) : Tensor()

    public class Ints(public val values: IntArray) : Tensor()
}

/**
 * One tensor that a model keeps from call to call.
 *
 * @property name of the graph's input; the output that follows it is [nextName].
 * @property shape without the axis of texts; empty for a single number.
 * @property type `float32` or `int32`.
 * @property initial what every value is at the start.
 */
public data class StateSpec(
    val name: String,
    val shape: List<Int>,
    val type: String,
    val initial: Double,
) {
    /** Numbers in it. */
    public val size: Int get() = shape.fold(1, Int::times)

    public val nextName: String get() = "next_$name"

    /** Its values at the start of a conversation. */
    public fun start(): Tensor =
        if (type == FLOAT) {
            Tensor.Floats(FloatArray(size) { initial.toFloat() })
        } else {
            Tensor.Ints(IntArray(size) { initial.toInt() })
        }

    public companion object {
        public const val FLOAT: String = "float32"
        public const val INT: String = "int32"
    }
}

/** What is remembered before the first text. */
public fun startOf(specs: List<StateSpec>): State = specs.associate { it.name to it.start() }

/** All values in the order of the specs: as the C runtime takes them, which keeps float32 alone. */
public fun flat(specs: List<StateSpec>, state: State): FloatArray {
    val parts = specs.map { (state.getValue(it.name) as Tensor.Floats).values }
    val all = FloatArray(parts.sumOf { it.size })
    var first = 0
    for (part in parts) {
        part.copyInto(all, first)
        first += part.size
    }
    return all
}

/** The way back from [flat]. */
public fun unflat(specs: List<StateSpec>, values: FloatArray): State {
    var first = 0
    return specs.associate { spec ->
        val part = values.copyOfRange(first, first + spec.size)
        first += spec.size
        spec.name to Tensor.Floats(part)
    }
}
