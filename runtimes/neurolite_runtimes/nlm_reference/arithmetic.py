"""The whole-number arithmetic of docs/c-arithmetic.md, on int64 arrays that hold what the page's types would."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

Int64Array = NDArray[np.int64]
ZERO: Final = 64  # of activations that can be negative
_HALF: Final = 2**14


def sat16(values: Int64Array) -> Int64Array:
    """Clamped to int16."""
    return np.clip(values, -(2**15), 2**15 - 1)


def u7(values: Int64Array) -> Int64Array:
    """Clamped to 0 to 127."""
    return np.clip(values, 0, 127)


def q15(a: Int64Array, b: Int64Array | int) -> Int64Array:
    """The rounded product of numbers of which one is a fraction with 15 bits behind the point."""
    return (a * b + _HALF) >> 15


def shifted(values: Int64Array, left: int) -> Int64Array:
    """To the left, or to the right by a negative number."""
    return values << left if left >= 0 else values >> -left


def norm(
    x: Int64Array, gain: Int64Array, offset: Int64Array, eps: int
) -> tuple[Int64Array, Int64Array]:
    """LayerNorm of vectors.

    Args:
        x: int16 [L, H].
        gain: int16 [H].
        offset: int16 [H].
        eps: above 0.

    Returns:
        y int16 [L, H], 16 times the activation, and the activation u7 [L, H].
    """
    width = x.shape[1]
    bits = math.ceil(math.log2(width))
    pairs, top = max(0, bits - 1), 14 - math.ceil(math.log2(width) / 2)
    mean = (x.sum(axis=1) * (2**24 // width) + 2**23) >> 24
    centred = sat16(x - mean[:, None])
    squares = ((centred[:, ::2] ** 2 + centred[:, 1::2] ** 2) >> pairs).sum(axis=1) + eps
    y = np.empty_like(x)
    for row, square in enumerate(squares.tolist()):
        root, half = normalised_root(square * (2 ** (20 + pairs) // width))
        ratio = min(2**15 - 1, 2**30 // root)
        values = _low16(shifted(centred[row], min(14, top - 5 - half)))
        y[row] = sat16(q15(q15(values, ratio), gain) + offset)
    return y, u7(y >> 4)


def normalised_root(square: int) -> tuple[int, int]:
    """A root in [2^15, 2^16) and h, so that root * 2^h is that of a number above 0."""
    half = math.ceil((square.bit_length() - 32) / 2)
    return math.isqrt(square >> 2 * half if half >= 0 else square << -2 * half), half


def products(
    a: Int64Array, weights: Int64Array, init: Int64Array, mult: Int64Array, shift: int
) -> Int64Array:
    """What a product adds or sets: a u7 [L, k], weights [n, k], init and mult [n] -> int16 [L, n]."""
    return q15(sat16((a @ weights.T + init) >> shift), mult)


def left_of_norm(y: Int64Array) -> Int64Array:
    """What a norm's y int16 has beside its activations, 16 times finer: u7 with a zero of 8."""
    return u7(y - 16 * u7(y >> 4))


def _low16(values: Int64Array) -> Int64Array:
    return ((values + 2**15) & (2**16 - 1)) - 2**15
