"""Intervals of F1, which is no share of anything, by drawing the texts again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.evaluation.intervals import Interval
from neurolite_core.evaluation.metrics import ClassFigures, macro_f1

# With fewer the bootstrap promises too much: of simulated sets of 10 texts as few as 3 in 10 had the truth in its
# interval; from here on 90 to 97 % had (2 to 60 labels, 10 to 100 texts each, 60 to 97 % right).
FEWEST_TEXTS: Final = 10  # of each label that occurs
FEWEST_OF_A_KIND: Final = 10  # right answers, and wrong ones
_DRAWS: Final = 2_000
_TAILS: Final = (2.5, 97.5)
_BLOCK: Final = 2_000_000  # numbers held at once


def macro_f1_interval(
    confusion: Sequence[tuple[int, int, int]], figures: Sequence[ClassFigures], *, seed: int = 0
) -> Interval | None:
    """95 % interval of macro-F1 by the bootstrap over texts (Efron 1979), or None for too few.

    The basic interval, mirrored at the figure itself: drawn texts have a lower macro-F1 than those they are drawn from,
    and with many labels the percentile interval lies below the truth (77 % of the simulated sets had it in there).

    Args:
        confusion: cells that are not 0: truth, answer, count.
        figures: of every label, in the order that the cells refer to.
        seed: of the draws; equal seeds give equal intervals.

    Returns:
        None where a label that occurs has fewer than ``FEWEST_TEXTS`` texts, or where fewer than
        ``FEWEST_OF_A_KIND`` answers are right, or wrong.
    """
    truths, answers, counts = np.array(confusion, np.int64).reshape(-1, 3).T
    right = int(counts[truths == answers].sum())
    total = int(counts.sum())
    occurring = [row.support for row in figures if row.support or row.predicted]
    if min(occurring) < FEWEST_TEXTS or min(right, total - right) < FEWEST_OF_A_KIND:
        return None
    rng = np.random.default_rng(seed)
    found = []
    step = max(1, _BLOCK // len(counts))
    for first in range(0, _DRAWS, step):
        size = min(step, _DRAWS - first)
        found.append(_macro_f1(truths, answers, rng.multinomial(total, counts / total, size=size)))
    return mirrored(np.concatenate(found), macro_f1(figures))


def micro_f1_interval(
    right: NDArray[np.integer], size: NDArray[np.integer], *, seed: int = 0
) -> Interval | None:
    """95 % interval of micro-F1 by the basic bootstrap over texts (Efron 1979).

    Args:
        right: int [N], how many answers of a text are right.
        size: int [N], how many a text has and how many it got, together.
        seed: of the draws; equal seeds give equal intervals.

    Returns:
        None where fewer than ``FEWEST_OF_A_KIND`` answers are right, or as few are wrong or missing.
    """
    if min(right.sum(), (size - 2 * right).sum()) < FEWEST_OF_A_KIND:
        return None
    kinds, counts = np.unique(np.stack([right, size], axis=1), axis=0, return_counts=True)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(len(right), counts / len(right), size=_DRAWS)
    found = 2 * (drawn @ kinds[:, 0]) / np.maximum(drawn @ kinds[:, 1], 1)
    return mirrored(found, 2 * float(right.sum() / size.sum()))


def mirrored(drawn: NDArray[np.floating], found: float) -> Interval:
    """The basic interval from 0 to 1 of a figure, of what was drawn, float [D], and the figure itself."""
    low, high = np.percentile(drawn, _TAILS)
    return max(0.0, float(2 * found - high)), min(1.0, float(2 * found - low))


def _macro_f1(
    truths: NDArray[np.int64], answers: NDArray[np.int64], drawn: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Macro-F1 float64 [D] of drawn counts [D, cells]; of each draw's own labels."""
    present, places = np.unique(np.concatenate([truths, answers]), return_inverse=True)
    rows, columns = places[: len(truths)], places[len(truths) :]
    right = np.zeros((len(present), len(drawn)))
    size = np.zeros_like(right)  # texts of the label, and texts that got it
    for weights, label, target in (
        (drawn.T, rows, size),
        (drawn.T, columns, size),
        (drawn.T * (rows == columns)[:, None], rows, right),
    ):
        np.add.at(target, label, weights)
    f1 = 2 * right / np.maximum(size, 1)
    macro: NDArray[np.float64] = f1.sum(axis=0) / (size > 0).sum(axis=0)
    return macro
