"""What an n-gram of a text weighs: its inverse document frequency, over the length of the text.

A text's entry of a bucket with count n and inverse document frequency f is n f / sqrt(sum of n f^2 over its buckets).
Both sums are of whole numbers in a graph that has no counts: of a row for each n-gram, as often as it occurs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurolite_core.network.wide import LARGEST_NUMBER
from neurolite_core.training.wide.features import Bags


@dataclass(frozen=True, slots=True, eq=False)
class Weighing:
    """Of R buckets.

    Attributes:
        rarity: float64 [R], inverse document frequency.
        numbers: int8 [R], 1 to 127, its square as a whole number.
        scale: what 1 of these stands for.
    """

    rarity: NDArray[np.float64]
    numbers: NDArray[np.int8]
    scale: np.float32

    def entries(self, bags: Bags) -> NDArray[np.float64]:
        """The entries of texts' buckets, float64 [Z]."""
        squares = bags.counts * self.numbers[bags.buckets].astype(np.float64)
        lengths = np.sqrt(
            float(self.scale) * np.bincount(bags.owners, weights=squares, minlength=len(bags))
        )
        found: NDArray[np.float64] = bags.counts * self.rarity[bags.buckets] / lengths[bags.owners]
        return found


def weighing_of(bags: Bags, kept: NDArray[np.integer]) -> Weighing:
    """Of the kept buckets, int [R], as rare as they are in some texts: ln((1 + N) / (1 + n)) + 1 for n of N texts."""
    rarity = np.log((1 + len(bags)) / (1 + bags.texts_with()[kept])) + 1
    squares = rarity**2
    scale = np.float32(squares.max() / LARGEST_NUMBER)
    numbers = np.rint(squares / scale).clip(1, LARGEST_NUMBER).astype(np.int8)
    return Weighing(rarity, numbers, scale)
