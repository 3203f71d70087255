"""What cosines mean in a store: as its encoder's metadata says, else measured on the store's own examples."""

from __future__ import annotations

from typing import Final

import numpy as np

from neurolite_core.answer.similarity import Similarity, fit_similarity
from neurolite_runtimes.learning.memory import Memory

MOST_ROWS: Final = 1_000  # that are asked, so that it takes milliseconds


def similarity_of(memory: Memory) -> Similarity | None:
    """None where the encoder brings nothing and the examples are too few: nothing can be refused then."""
    return calibration_of(memory)[0]


def calibration_of(memory: Memory) -> tuple[Similarity | None, str | None]:
    """The same, and who says so: ``encoder`` or ``store``."""
    brought, own_first = memory.header.similarity, memory.header.own_first
    if brought is not None and not own_first:
        return brought, "encoder"
    own = memory.remembered("similarity", lambda: measured(memory))
    if own is not None:
        return own, "store"
    return (None, None) if brought is None else (brought, "encoder")


def measured(memory: Memory) -> Similarity | None:
    """See ``fit_similarity``: each example is left out in turn, and each prototype is a group of its own."""
    rows = memory.rows()
    if len(rows) == 0:
        return None
    groups = np.zeros(len(memory.vectors), np.int64)
    count = 0
    for label in memory.table().labels:
        for members in memory.prototypes(label).members:
            groups[members] = count
            count += 1
    return fit_similarity(
        memory.vectors[rows],
        memory.labels[rows],
        memory.header.dimension,
        groups=groups[rows],
        most_rows=MOST_ROWS,
    )
