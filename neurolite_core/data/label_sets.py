"""Which labels rows have: numbered sets of label numbers; of data with one label a text, a set for each label."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

MAX_SETS = 2**20


@dataclass(frozen=True, slots=True, eq=False)
class LabelSets:
    """S sets, one behind the other.

    Attributes:
        bounds: int64 [S+1], where each set begins in ``members``.
        members: int32 [M], label numbers, ascending within a set.
    """

    bounds: NDArray[np.int64]
    members: NDArray[np.int32]

    @classmethod
    def of(cls, sets: Sequence[Sequence[int]]) -> LabelSets:
        """The sets as given, in their order."""
        bounds = np.cumsum([0, *map(len, sets)], dtype=np.int64)
        return cls(bounds, np.fromiter(chain.from_iterable(sets), np.int32, int(bounds[-1])))

    def __len__(self) -> int:
        return len(self.bounds) - 1

    def labels(self, number: int) -> tuple[int, ...]:
        """Label numbers of a set; none of -1, which is no set."""
        if number < 0:
            return ()
        return tuple(self.members[self.bounds[number] : self.bounds[number + 1]].tolist())

    def matrix(self, numbers: NDArray[np.integer], num_labels: int) -> NDArray[np.bool_]:
        """Which labels rows have, bool [R, C]; labels from C on, which only some stores have, are left out.

        Args:
            numbers: int [R], of sets, -1 for no label.
            num_labels: C.
        """
        rows, labels = self._pairs(numbers)
        found = np.zeros((len(numbers), num_labels), np.bool_)
        inside = labels < num_labels
        found[rows[inside], labels[inside]] = True
        return found

    def rows_per_label(self, numbers: NDArray[np.integer], num_labels: int) -> NDArray[np.int64]:
        """How many rows each label has, int64 [C]; arguments as of ``matrix``."""
        rows_of_set = np.bincount(numbers + 1, minlength=len(self) + 1)[1:]
        weights = np.repeat(rows_of_set, np.diff(self.bounds))
        counts = np.bincount(self.members, weights=weights, minlength=num_labels)
        per_label: NDArray[np.int64] = counts[:num_labels].astype(np.int64)
        return per_label

    def within(self, known: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which sets have no label but those that are known, bool [S].

        Args:
            known: bool [C], of every label number; numbers from C on are not known.
        """
        own = np.zeros(max(len(known), int(self.members.max(initial=-1)) + 1), np.bool_)
        own[: len(known)] = known
        unknown = np.concatenate([[0], np.cumsum(~own[self.members])])
        return np.asarray(unknown[self.bounds[1:]] == unknown[self.bounds[:-1]])

    def _pairs(self, numbers: NDArray[np.integer]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Row and label of every label that a row has."""
        places = np.flatnonzero(np.asarray(numbers) >= 0)
        sets = np.asarray(numbers)[places].astype(np.int64)
        sizes = self.bounds[sets + 1] - self.bounds[sets]
        rows = np.repeat(places, sizes)
        first = np.repeat(self.bounds[sets] - (np.cumsum(sizes) - sizes), sizes)
        return rows, self.members[first + np.arange(len(rows))]


def renumbered(
    sets: Iterable[tuple[int, ...]], number: Sequence[int], one_of_each: int | None
) -> tuple[list[tuple[int, ...]], list[int]]:
    """Sets of labels under other numbers, where two labels may have become one.

    Args:
        sets: of the old numbers.
        number: the new number of each label.
        one_of_each: how many labels there are, where a text has one: sets are then numbered as their labels.

    Returns:
        The new sets, each once, and the new number of each old one.
    """
    places: dict[tuple[int, ...], int] = {(label,): label for label in range(one_of_each or 0)}
    moved = [
        places.setdefault(tuple(sorted({number[label] for label in old})), len(places))
        for old in sets
    ]
    return list(places), moved
