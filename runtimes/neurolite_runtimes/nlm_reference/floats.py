"""The float32 arithmetic of docs/c-arithmetic.md, each operation rounded by itself, in the page's order."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_runtimes.nlm_reference.arithmetic import Int64Array

Floats = NDArray[np.float32]
LANES: Final = 8
_MOST: Final = 2047  # of activations
_NOTHING: Final = np.float32(1e-30)  # what is smaller has no inverse in float32
_ONE: Final = np.float32(1)
_ZERO: Final = np.float32(0)


def unit_floats(vector: Floats) -> Floats:
    """A vector divided by its length."""
    square = dots(vector[None], vector)[0]
    inverse = _ONE / np.sqrt(square) if square > 0 else _ZERO
    found: Floats = vector * inverse
    return found


def whole_numbers(a: Floats) -> tuple[Int64Array, np.float32]:
    """Numbers as -2047 to 2047, and what a step is."""
    most = np.float32(np.abs(a).max(initial=0))
    if most < _NOTHING:
        return np.zeros(len(a), np.int64), _ZERO
    inverse = np.float32(_MOST) / most
    steps = [nearest(each, _MOST) for each in (a * inverse).tolist()]
    return np.array(steps, np.int64), most / np.float32(_MOST)


def nearest(value: float, most: int) -> int:
    """The nearest whole number of one in float32, half away from 0, between ``most`` and its negative."""
    half = np.float32(value) + np.float32(0.5 if value >= 0 else -0.5)
    return min(max(int(half), -most), most)


def dots(rows: Floats, a: Floats) -> Floats:
    """Dot products of rows [n, k] with a [k]: sums in eight lanes, what is left by itself, then the lanes."""
    whole = len(a) // LANES * LANES
    lanes = np.zeros((len(rows), LANES), np.float32)
    for at in range(0, whole, LANES):
        lanes = lanes + a[at : at + LANES] * rows[:, at : at + LANES]
    found = np.zeros(len(rows), np.float32)
    for at in range(whole, len(a)):
        found = found + a[at] * rows[:, at]
    for lane in range(LANES):
        found = found + lanes[:, lane]
    return found


def total(a: Floats) -> np.float32:
    """The sum, in the order of ``dots``."""
    found: np.float32 = dots(a[None], np.ones_like(a))[0]
    return found


def power(x: np.float32) -> np.float32:
    """e^x (Cody and Waite, 1980)."""
    if x < -87:
        return _ZERO
    x = min(x, np.float32(88))
    turns = x * np.float32(1.44269504)
    n = np.trunc(turns + np.float32(-0.5 if turns < 0 else 0.5))
    r = x - n * np.float32(0.693359375) + n * np.float32(2.12194440e-4)
    series = _ONE / np.float32(5040)
    for divisor in (720, 120, 24, 6, 2, 1, 1):
        series = series * r + _ONE / np.float32(divisor)
    found: np.float32 = series * np.float32(2.0 ** int(n))
    return found


def powers(x: Floats) -> Floats:
    """``power`` of each number of an array, cut to -87 to 88."""
    kept = np.where(x > -87, x, np.float32(-87))  # also of no number
    kept = np.where(kept < 88, kept, np.float32(88))
    turns = kept * np.float32(1.44269504)
    n = np.trunc(turns + np.where(turns < 0, np.float32(-0.5), np.float32(0.5)))
    r = kept - n * np.float32(0.693359375) + n * np.float32(2.12194440e-4)
    series = np.full_like(kept, _ONE / np.float32(5040))
    for divisor in (720, 120, 24, 6, 2, 1, 1):
        series = series * r + _ONE / np.float32(divisor)
    found: Floats = np.ldexp(series, n.astype(np.int32))
    return found


def whole_parts(values: Floats, most: int) -> Int64Array:
    """``nearest`` of each number of an array."""
    halves = values + np.where(values < 0, np.float32(-0.5), np.float32(0.5))
    halves = np.where(halves > -most, halves, np.float32(-most))  # also of no number
    found: Int64Array = np.trunc(np.minimum(halves, np.float32(most))).astype(np.int64)
    return found


def activations(values: Floats) -> Int64Array:
    """u7 with a zero of 64, of numbers in steps of it."""
    return 64 + whole_parts(values, 63)


def left_of_activations(values: Floats, found: Int64Array) -> Int64Array:
    """What ``activations`` left of numbers, 128 times finer: u7 with a zero of 64."""
    rest: Floats = values - (found - 64).astype(np.float32)
    return activations(rest * np.float32(128))


def softmax(energies: Floats) -> Floats:
    """Of one read."""
    most = energies.max()
    powers = np.array([power(each - most) for each in energies], np.float32)
    both = _ZERO
    for each in powers:
        both = both + each
    found: Floats = powers / both
    return found
