"""The stored examples nearest to a vector: by numpy, and above 50,000 by faiss."""

from __future__ import annotations

from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from neurolite_core.ground.extras import require
from neurolite_runtimes.learning.memory import Memory

MOST_BY_NUMPY: Final = 50_000
_LINKS: Final = 32  # of a node of the graph
_EFFORT: Final = 128  # nodes that a search looks at, at least
_BATCH: Final = 4_096
_GONE_SHARE: Final = 50  # one of so many may be gone


class Index(Protocol):
    """Finds rows."""

    def nearest(
        self, memory: Memory, vector: NDArray[np.float32], count: int
    ) -> list[tuple[int, float]]:
        """At most ``count`` examples that are there, the nearest first: rows and cosines; of equals the lower row."""


class Exact:
    """All cosines."""

    def nearest(
        self, memory: Memory, vector: NDArray[np.float32], count: int
    ) -> list[tuple[int, float]]:
        """See ``Index``."""
        cosines = memory.vectors @ vector
        if len(memory) < len(cosines):
            cosines[~memory.alive] = -np.inf
        wanted = min(count, len(memory))
        if wanted == 0:
            return []
        # Whoever ties with the last one wanted is asked too, so that the lower row wins.
        least = np.partition(cosines, -wanted)[-wanted]
        rows = np.flatnonzero(cosines >= least)
        order = rows[np.argsort(-cosines[rows], kind="stable")][:wanted]
        return [(row, float(cosines[row])) for row in order.tolist()]


class Graph:
    """An HNSW graph of faiss (Malkov and Yashunin 2018, arXiv:1603.09320): nearly always the nearest, in far less time.

    Raises:
        MissingDependencyError: faiss is not installed.
    """

    def __init__(self, dimension: int) -> None:
        self._faiss: Any = require("faiss", extra="search")
        self._dimension = dimension
        self._begin()

    def _begin(self) -> None:
        metric = self._faiss.METRIC_INNER_PRODUCT
        self._index = self._faiss.IndexHNSWFlat(self._dimension, _LINKS, metric)
        self._index.hnsw.efSearch = _EFFORT
        self._rows: list[int] = []
        self._seen = 0

    def nearest(
        self, memory: Memory, vector: NDArray[np.float32], count: int
    ) -> list[tuple[int, float]]:
        """See ``Index``; takes new examples in first, and begins anew where many are gone."""
        self._take(memory)
        gone = len(self._rows) - len(memory)
        if gone > len(self._rows) // _GONE_SHARE:
            self._begin()
            self._take(memory)
            gone = 0
        wanted = min(count, len(memory))
        if wanted == 0:
            return []
        cosines, places = self._index.search(vector[None], wanted + gone)
        rows = [
            (self._rows[place], cosine)
            for place, cosine in zip(places[0], cosines[0], strict=True)
            if place >= 0
        ]
        found = [(row, float(cosine)) for row, cosine in rows if memory.alive[row]]
        return sorted(found, key=lambda item: (-item[1], item[0]))[:wanted]

    def _take(self, memory: Memory) -> None:
        new = self._seen + np.flatnonzero(memory.alive[self._seen :])
        self._seen = len(memory.alive)
        for first in range(0, len(new), _BATCH):
            self._index.add(np.ascontiguousarray(memory.vectors[new[first : first + _BATCH]]))
        self._rows += new.tolist()


def index_for(memory: Memory, current: Index | None) -> Index:
    """What searches this many examples; ``current`` where it is still that.

    Raises:
        MissingDependencyError: it takes faiss, which is not installed.
    """
    if len(memory) <= MOST_BY_NUMPY:
        return current if isinstance(current, Exact) else Exact()
    return current if isinstance(current, Graph) else Graph(memory.header.dimension)
