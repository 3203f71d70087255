"""A projection table in four bits a number, with a whole factor for each row.

Row r is ``unit * factor[r] * number[r, e]`` with numbers from -7 to 7 and factors from 1 to 255. As both are whole
numbers, a word's sum of K rows is a whole number below 2^18 times ``unit``: exact in float32 and in int32, in whatever
order it is added, so every runtime gets the same bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

PACKED_BITS: Final = 4
LARGEST: Final = 7  # of a number; -8 is not used
OFFSET: Final = 8  # added to a number where it is stored
NIBBLE: Final = 16
MOST: Final = 255  # of a factor
# Of a row's largest number: a smaller factor cuts some numbers off and rounds the others less.
_SHARES: Final = np.linspace(1.0, 0.6, 5, dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class PackedRows:
    """A packed table of M rows and E columns.

    Attributes:
        rows: uint8 [M, E / 2]; column e < E / 2 is the low half of byte e, column E / 2 + e the high half.
        factors: uint8 [M], 1 to 255.
        unit: float32, above 0.
    """

    rows: NDArray[np.uint8]
    factors: NDArray[np.uint8]
    unit: np.float32

    def unpacked(self) -> NDArray[np.float32]:
        """The table that it stands for, float32 [M, E]."""
        numbers = np.concatenate([self.rows % NIBBLE, self.rows // NIBBLE], axis=1)
        whole = (numbers.astype(np.float32) - OFFSET) * self.factors[:, None].astype(np.float32)
        return whole * self.unit


def row_factors(table: NDArray[np.floating]) -> tuple[NDArray[np.uint8], np.float32]:
    """The factors [M], and their unit, that bring a packed table nearest, row by row in squared distance.

    A table that was packed before keeps its own, or nearly: its largest row's factor, of which the unit follows, may be
    taken for its neighbour, and then numbers move by one part in 254.

    Args:
        table: [M, E], finite.
    """
    exact = table.astype(np.float32)
    peaks = np.abs(exact).max(axis=1) / np.float32(LARGEST)
    unit = np.maximum(peaks.max() / np.float32(MOST), np.finfo(np.float32).tiny)
    best = np.full(len(exact), np.inf, np.float32)
    factors = np.ones(len(exact), np.float32)
    for share, whole in product(_SHARES, (np.floor, np.ceil)):
        tried = np.clip(whole(peaks * (share / unit)), 1, MOST).astype(np.float32)
        steps = tried * unit
        distance = ((exact - _numbers(exact, steps) * steps[:, None]) ** 2).sum(axis=1)
        better = distance < best
        best[better], factors[better] = distance[better], tried[better]
    return factors.astype(np.uint8), np.float32(unit)


def pack_rows(table: NDArray[np.floating]) -> PackedRows:
    """The packed table nearest to a table.

    Args:
        table: [M, E], finite, E even.

    Raises:
        ValueError: E is odd.
    """
    exact = table.astype(np.float32)
    if exact.shape[1] % 2:
        raise ValueError(f"a table of {exact.shape[1]} columns cannot be packed in pairs")
    factors, unit = row_factors(exact)
    stored = (_numbers(exact, factors.astype(np.float32) * unit) + OFFSET).astype(np.uint8)
    low, high = np.split(stored, 2, axis=1)
    return PackedRows(low + NIBBLE * high, factors, unit)


def _numbers(table: NDArray[np.float32], steps: NDArray[np.float32]) -> NDArray[np.float32]:
    numbers: NDArray[np.float32] = np.clip(np.rint(table / steps[:, None]), -LARGEST, LARGEST)
    return numbers
