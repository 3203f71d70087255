"""A projection table in four bits a number, with a whole factor for each row.

Row r is ``unit * factor[r] * number[r, e]`` with numbers from -7 to 7 and factors from 1 to 255. As both are whole
numbers, a word's sum of K rows is a whole number below 2^18 times ``unit``: exact in float32 and in int32, in whatever
order it is added, so every runtime gets the same bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

PACKED_BITS: Final = 4
LARGEST: Final = 7  # of a number; -8 is not used
OFFSET: Final = 8  # added to a number where it is stored
NIBBLE: Final = 16
MOST: Final = 255  # of a factor
# A smaller factor cuts off a row's largest numbers and rounds the others less: the best one is searched for.
_SHARES: Final = np.linspace(0.5, 1.0, 21)


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


def pack_rows(table: NDArray[np.floating]) -> PackedRows:
    """The packed table nearest to a table, row by row in squared distance.

    Args:
        table: [M, E], finite, E even.

    Raises:
        ValueError: E is odd.
    """
    exact = table.astype(np.float64)
    if exact.shape[1] % 2:
        raise ValueError(f"a table of {exact.shape[1]} columns cannot be packed in pairs")
    peaks = np.abs(exact).max(axis=1) / LARGEST
    unit = np.float32(max(peaks.max() / MOST, np.finfo(np.float32).tiny))
    best = np.full(len(exact), np.inf)
    factors = np.ones(len(exact))
    for share in _SHARES:
        tried = np.clip(np.rint(peaks * share / unit), 1, MOST)
        missed = exact - _numbers(exact, tried * unit) * (tried * unit)[:, None]
        distance = (missed**2).sum(axis=1)
        better = distance < best
        best[better], factors[better] = distance[better], tried[better]
    stored = (_numbers(exact, factors * unit) + OFFSET).astype(np.uint8)
    low, high = np.split(stored, 2, axis=1)
    return PackedRows(low + NIBBLE * high, factors.astype(np.uint8), unit)


def _numbers(table: NDArray[np.float64], steps: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.clip(np.rint(table / steps[:, None]), -LARGEST, LARGEST)
