"""Which buckets of n-grams get a row: those that a model of all of them weighs most in most texts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from neurolite_core.training.wide.features import Bags
from neurolite_core.training.wide.solver import ROUGH, solve
from neurolite_core.training.wide.weighing import weighing_of


def choose_buckets(
    bags: Bags,
    truths: NDArray[np.bool_],
    most: int,
    *,
    cost: float,
    row_weights: NDArray[np.floating] | None = None,
    report: Callable[[float], None] = lambda _: None,
) -> NDArray[np.int64]:
    """At most ``most`` buckets, int64 [R] ascending.

    Importance is the length of a bucket's weights, of all labels, times the root of the number of texts that have it.
    Where no more occur, all are kept.

    Args:
        bags: N texts.
        truths: bool [N, C], their labels.
        most: at least 1.
        cost: as of ``solve``.
        row_weights: as of ``solve``.
        report: as of ``solve``.
    """
    there = np.flatnonzero(bags.texts_with())
    if len(there) <= most:
        return there
    inside = bags.of_rows(there)
    weighing = weighing_of(bags, there)
    solved = solve(
        inside,
        weighing.entries(inside),
        truths,
        cost=cost,
        tolerance=ROUGH,
        row_weights=row_weights,
        report=report,
    )
    importance = np.linalg.norm(solved.weights, axis=1) * np.sqrt(inside.texts_with())
    best = np.argsort(-importance, kind="stable")[:most]
    return np.sort(there[best])
