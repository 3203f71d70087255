"""What a training keeps of earlier tasks, within a number of bytes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from neurolite_bench.continual.streams import Ints, Rows

_OF_A_ROW = 4  # bytes for a label and a length

Size = Callable[[Rows], Ints]


def text_sizes(rows: Rows) -> Ints:
    """Bytes of each row as text, int64 [N]."""
    return np.array([len(text.encode()) + _OF_A_ROW for text in rows.texts], np.int64)


def vector_sizes(rows: Rows) -> Ints:
    """Bytes of each row as a float16 vector, int64 [N]."""
    return np.full(len(rows), 2 * rows.vectors.shape[1] + _OF_A_ROW, np.int64)


def within(rows: Rows, sizes: Ints, budget: int, rng: np.random.Generator) -> Rows:
    """As many rows as the budget holds, as equally of all labels as there are (Prabhu et al. 2020, "GDumb"), at random.

    Args:
        rows: to choose from.
        sizes: bytes of each, int64 [N].
        budget: bytes in all.
        rng: for the choice.
    """
    order = rng.permutation(len(rows))
    turn = np.empty(len(rows), np.int64)
    for label in np.unique(rows.labels):
        own = order[rows.labels[order] == label]
        turn[own] = np.arange(len(own))
    order = order[np.argsort(turn[order], kind="stable")]
    return rows.at(np.sort(order[np.cumsum(sizes[order]) <= budget]))
