"""Prototypes of a label: running means of its examples, several where its examples lie in several places.

A label's prototypes are a function of its examples in the order of their ids, computed in float64, so that every
platform has the same. Each example moves the prototype that it is nearest to (of equals the first). A prototype with
many examples is split by two means on the sphere (Dhillon and Modha 2001, "Concept Decompositions") where that takes
away enough of its spread; the two nearest of a label are joined where parting them takes away little.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from neurolite_runtimes.learning.header import Settings

_ROUNDS = 10
_SMALLEST = 1e-12

Vectors = NDArray[np.floating]


def unit(rows: Vectors) -> NDArray[np.float64]:
    """Rows [n, D] of length 1, float64; zeros stay so."""
    exact = np.asarray(rows, np.float64)
    lengths = np.sqrt(np.square(exact).sum(axis=-1, keepdims=True))
    found: NDArray[np.float64] = exact / np.maximum(lengths, _SMALLEST)
    return found


class Prototypes:
    """Those of one label.

    Args:
        settings: of the store.

    Attributes:
        means: P vectors, float64 [D] each, not of length 1.
        members: of each, its examples as they were given to ``observe``.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.means: list[NDArray[np.float64]] = []
        self.members: list[list[int]] = []

    def counts(self) -> list[float]:
        """Of how many examples each is the mean; an average that forgets has at most 1 / rate."""
        rate = self._settings.rate
        most = np.inf if rate == 0 else 1 / rate
        return [float(min(len(own), most)) for own in self.members]

    def observe(self, row: int, vectors: Vectors) -> None:
        """Takes one more example.

        Args:
            row: of the example.
            vectors: float [n, D] of all examples, by row.
        """
        vector = np.asarray(vectors[row], np.float64)
        if not self.means:
            self._add([row], vector)
            return
        near = self._nearest(vector)
        self.members[near].append(row)
        count = len(self.members[near])
        share = max(1 / count, self._settings.rate)
        self.means[near] = self.means[near] + share * (vector - self.means[near])
        if _is_moment(count, self._settings.split_from):
            self._look(near, vectors)

    def _nearest(self, vector: Vectors) -> int:
        if len(self.means) == 1:
            return 0
        return int(np.argmax(unit(np.stack(self.means)) @ vector))

    def _add(self, rows: list[int], mean: NDArray[np.float64]) -> None:
        self.members.append(rows)
        self.means.append(mean)

    def _take(self, place: int) -> list[int]:
        del self.means[place]
        return self.members.pop(place)

    def _look(self, place: int, vectors: Vectors) -> None:
        """Splits, joins and drops, in this order, once each."""
        settings = self._settings
        parts = two_means(self.members[place], vectors)
        if parts is not None and parts[2] >= settings.split_gain:
            self._take(place)
            for rows in parts[:2]:
                self._add(rows, _mean(rows, vectors))
        if len(self.means) > 1:
            self._join(vectors)
        if len(self.means) > settings.most_prototypes:
            self._drop(vectors)

    def _join(self, vectors: Vectors) -> None:
        units = unit(np.stack(self.means))
        cosines = units @ units.T
        cosines[np.tril_indices(len(units))] = -np.inf
        first, second = divmod(int(np.argmax(cosines)), len(units))
        if gain_of(self.members[first], self.members[second], vectors) < self._settings.join_gain:
            rows = sorted(self._take(second) + self._take(first))
            self._add(rows, _mean(rows, vectors))

    def _drop(self, vectors: Vectors) -> None:
        """The one with the fewest examples (of equals the first) goes; they move to the nearest others."""
        rows = self._take(int(np.argmin([len(own) for own in self.members])))
        moved = [self._nearest(np.asarray(vectors[row], np.float64)) for row in rows]
        for row, near in zip(rows, moved, strict=True):
            self.members[near].append(row)
        for near in sorted(set(moved)):
            self.members[near].sort()
            self.means[near] = _mean(self.members[near], vectors)


def two_means(rows: list[int], vectors: Vectors) -> tuple[list[int], list[int], float] | None:
    """Two groups of examples, each in order, and the share of the spread that this takes away; None if one is empty.

    It begins at the example farthest from the mean and the one farthest from that.
    """
    own = np.asarray(vectors[rows], np.float64)
    first = int(np.argmin(own @ own.sum(axis=0)))
    second = int(np.argmin(own @ own[first]))
    side = own @ own[first] > own @ own[second]
    for _ in range(_ROUNDS):
        if side.all() or not side.any():
            return None
        means = unit(np.stack([own[side].sum(axis=0), own[~side].sum(axis=0)]))
        moved = own @ means[0] > own @ means[1]
        if (moved == side).all():
            break
        side = moved
    if side.all() or not side.any():
        return None
    left = [row for row, is_left in zip(rows, side, strict=True) if is_left]
    right = [row for row, is_left in zip(rows, side, strict=True) if not is_left]
    return left, right, gain_of(left, right, vectors)


def gain_of(left: Sequence[int], right: Sequence[int], vectors: Vectors) -> float:
    """The share of the spread of both that is gone when each has its own mean; 0 where there is no spread."""
    whole = _spread([*left, *right], vectors)
    if whole <= _SMALLEST * (len(left) + len(right)):
        return 0.0
    return 1 - (_spread(left, vectors) + _spread(right, vectors)) / whole


def _spread(rows: Sequence[int], vectors: Vectors) -> float:
    """n - |sum|: n times one minus the mean cosine with the mean."""
    total = np.asarray(vectors[list(rows)], np.float64).sum(axis=0)
    return len(rows) - float(np.sqrt(total @ total))


def _mean(rows: Sequence[int], vectors: Vectors) -> NDArray[np.float64]:
    found: NDArray[np.float64] = np.asarray(vectors[list(rows)], np.float64).mean(axis=0)
    return found


def _is_moment(count: int, first: int) -> bool:
    """Whether it is ``first`` times a power of two."""
    times, rest = divmod(count, first)
    return rest == 0 and times & (times - 1) == 0 and times > 0
