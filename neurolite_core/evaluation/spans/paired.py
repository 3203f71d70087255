"""Whether one of two models finds spans better than the other, on the same texts; numpy."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.evaluation.intervals import Interval
from neurolite_core.evaluation.spans.metrics import SpanCounts
from neurolite_core.ground.errors import InputError

_DRAWS: Final = 4_000
_TAILS: Final = (2.5, 97.5)


def f1_difference(first: SpanCounts, second: SpanCounts) -> float:
    """F1 of all types together, first minus second."""
    return float(_difference(_sums(first, second).sum(axis=1)))


def f1_difference_error(first: SpanCounts, second: SpanCounts) -> float:
    """Standard error of ``f1_difference``, of the texts alone: 0 where the two found as many, and as many right ones.

    By linear terms (the infinitesimal jackknife, Jaeckel 1972): what a text's own sums do to the two F1.
    """
    columns = _sums(first, second)
    true, *parts = columns.astype(np.float64)
    total = np.zeros(len(true))
    for sign, found, right in ((1, parts[0], parts[1]), (-1, parts[2], parts[3])):
        given = max(float((true + found).sum()), 1.0)
        f1 = 2 * float(right.sum()) / given
        total += sign * (2 * right - f1 * (true + found)) / given
    return float(np.sqrt((total**2).sum()))


def f1_difference_interval(first: SpanCounts, second: SpanCounts, *, seed: int = 0) -> Interval:
    """95 % interval of F1 of the first minus that of the second, by the paired bootstrap over texts.

    Texts are drawn again, each with what both found in it (Efron and Tibshirani 1993; Berg-Kirkpatrick, Burkett and
    Klein 2012, "An Empirical Investigation of Statistical Significance in NLP"). Where the two hardly differ there is
    nothing to draw from, and they would be proven equal by a single text. So two texts stand beside those that there
    are: one whose spans the first has and the second has all wrong, and one the other way round, each with as many as
    texts have on average, or one. That is what Agresti and Min (2005) add to counts of pairs, twice over.

    Args:
        first: of N texts, at least one.
        second: of the same.
        seed: of the draws; equal seeds give equal intervals.

    Raises:
        InputError: not of the same texts, or of none.
    """
    columns = _sums(first, second).astype(np.float64)
    size = max(1.0, float(columns[0].mean()))
    added = np.array([[size, size, size, size, 0], [size, size, 0, size, size]]).T
    kinds, counts = np.unique(np.hstack([columns, added]), axis=1, return_counts=True)
    texts = int(counts.sum())
    drawn = np.random.default_rng(seed).multinomial(texts, counts / texts, size=_DRAWS)
    low, high = np.percentile(_difference(kinds @ drawn.T), _TAILS)
    return float(low), float(high)


def _sums(first: SpanCounts, second: SpanCounts) -> NDArray[np.int64]:
    """Spans that texts have, those that the first found, right ones of these, and likewise of the second; [5, N]."""
    true, other = first.by_text[0], second.by_text[0]
    if not len(true) or not np.array_equal(true, other):
        raise InputError("Two models are compared on the same texts with spans, at least one.")
    return np.vstack([first.by_text, second.by_text[1:]])


def _difference(sums: NDArray[np.floating] | NDArray[np.integer]) -> NDArray[np.float64]:
    """Of sums [5, ...]; F1 is 0 where there are no spans at all."""
    true, found, right, others, rights = sums
    one, two = (
        2 * hits / np.maximum(true + given, 1e-300)
        for hits, given in ((right, found), (rights, others))
    )
    return np.asarray(one - two, np.float64)
