"""A solved wide path as the table that files hold, and what that table answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.hashing.ngrams import NUM_BUCKETS
from neurolite_core.network.wide import LARGEST_NUMBER, WideTable
from neurolite_core.training.wide.features import Bags
from neurolite_core.training.wide.solver import Linear
from neurolite_core.training.wide.weighing import Weighing

REMAP_BYTES: Final = 2 * NUM_BUCKETS


@dataclass(frozen=True, slots=True, eq=False)
class FittedWide:
    """A wide path's table, and ``biases`` float64 [C], which the head's bias gets."""

    table: WideTable
    biases: NDArray[np.float64]

    def logits(self, bags: Bags) -> NDArray[np.float32]:
        """Answers to N texts, biases included, float32 [N, C].

        Args:
            bags: of all buckets.
        """
        rows = self.table.rows.astype(np.float64)
        scales = self.table.scales.astype(np.float64)
        remap = self.table.remap.astype(np.int64)
        found = np.empty((len(bags), rows.shape[1] - 1), np.float32)
        for text, (first, last) in enumerate(zip(bags.bounds, bags.bounds[1:], strict=False)):
            sums = bags.counts[first:last] @ rows[remap[bags.buckets[first:last]]]
            length = np.sqrt(max(sums[-1], 1.0) * scales[-1])
            found[text] = sums[:-1] * scales[:-1] / length + self.biases
        return found


def wide_bytes(num_rows: int, labels: int) -> int:
    """What a wide path of R rows and C labels adds to a file."""
    return REMAP_BYTES + (num_rows + 1) * (labels + 1) + 4 * (labels + 1)


def most_rows(room: int, labels: int) -> int:
    """How many rows fit into so many bytes; 0 or less where none does."""
    return (room - REMAP_BYTES) // (labels + 1) - 5


def pack(kept: NDArray[np.integer], weighing: Weighing, solved: Linear) -> FittedWide:
    """Weights in eight bits, with a scale for each label.

    Args:
        kept: int [R] ascending, the buckets that have a row.
        weighing: of these.
        solved: weights of their entries.
    """
    # The sums have counts where entries have counts times rarity.
    weights = solved.weights * weighing.rarity[:, None]
    largest = np.abs(weights).max(axis=0)
    scales = np.where(largest > 0, largest / LARGEST_NUMBER, 1.0).astype(np.float32)
    rows = np.zeros((len(kept) + 1, len(scales) + 1), np.int8)
    rows[1:, :-1] = np.rint(weights / scales).clip(-LARGEST_NUMBER, LARGEST_NUMBER)
    rows[1:, -1] = weighing.numbers
    remap = np.zeros(NUM_BUCKETS, np.uint16)
    remap[kept] = np.arange(1, len(kept) + 1)
    table = WideTable(remap, rows, np.append(scales, weighing.scale).astype(np.float32))
    return FittedWide(table, solved.biases)
