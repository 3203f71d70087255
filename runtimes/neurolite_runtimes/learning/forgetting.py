"""Which examples a store keeps where it may not keep all."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurolite_runtimes.learning.memory import Memory


def strongest_in_turn(memory: Memory) -> NDArray[np.intp]:
    """Rows of all examples: the strongest of each label, then the second of each, and so on.

    In a turn, and in a label, the stronger comes first, of equals the newer. By strength alone, what was learned last
    would drive out whole labels that were learned before.
    """
    rows = memory.rows()
    labels = memory.labels[rows]
    strengths = memory.strengths_at(rows)
    order = np.lexsort((-rows, -strengths, labels))
    in_label = labels[order]
    turns = np.arange(len(order)) - np.searchsorted(in_label, in_label)
    by_turn = np.lexsort((-rows[order], -strengths[order], turns))
    found: NDArray[np.intp] = rows[order][by_turn]
    return found
