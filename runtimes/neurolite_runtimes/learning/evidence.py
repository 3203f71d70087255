"""The stored examples that an answer rests on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurolite_runtimes.learning.answering import Evidence
from neurolite_runtimes.learning.memory import Memory
from neurolite_runtimes.learning.search import Index, index_for


class Finder:
    """Finds them, with an index that is kept from one text to the next."""

    def __init__(self) -> None:
        self._index: Index | None = None

    def near(self, memory: Memory, vector: NDArray[np.float32], count: int) -> tuple[Evidence, ...]:
        """At most ``count`` examples, the nearest to a vector float32 [D] first; of equals the older.

        Raises:
            MissingDependencyError: there are more than numpy searches, and faiss is not installed.
        """
        if count < 1 or not len(memory):
            return ()
        self._index = index_for(memory, self._index)
        found = self._index.nearest(memory, vector, count)
        return tuple(evidence_of(memory, row, cosine) for row, cosine in found)


def evidence_of(memory: Memory, row: int, cosine: float) -> Evidence:
    """A stored example, for people and programs."""
    text = memory.text_at(row).decode("utf-8", "replace") if memory.header.texts else None
    label = memory.names[int(memory.labels[row])]
    return Evidence(memory.id_at(row), label, text, cosine, memory.strength_at(row))
