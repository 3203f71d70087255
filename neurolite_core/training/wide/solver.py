"""A linear model of sparse rows by a convex solver: the squared hinge loss, each label against all others.

For each label c with truths y of -1 and 1 the weights w and the bias b minimise

    (|w|^2 + b^2) / 2 + cost * (sum over rows i of v_ic * max(0, 1 - y_ic (w x_i + b))^2)

which is what LinearSVC of scikit-learn does; the bias is one more weight there too. The minimum is the only one. It is
found in the dual, one row after the other, all labels of a row at once: Hsieh et al. 2008, "A Dual Coordinate Descent
Method for Large-scale Linear SVM" (LIBLINEAR's). L-BFGS on the weights themselves came to the same and took 5 to 50
times as long where there are more buckets than rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.training.wide.features import Bags

_MOST_PASSES: Final = 1_000
_MOST_LABELS: Final = 256  # solved for together: their weights take 2 KB a bucket
_SEED: Final = 0  # of the order of the rows, which the minimum does not depend on
EXACT: Final = 1e-6
GOOD: Final = 1e-2
ROUGH: Final = 1e-1


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """A solution: ``weights`` float64 [R, C] and ``biases`` float64 [C]."""

    weights: NDArray[np.float64]
    biases: NDArray[np.float64]


def solve(
    bags: Bags,
    values: NDArray[np.floating],
    truths: NDArray[np.bool_],
    *,
    cost: float,
    tolerance: float = GOOD,
    row_weights: NDArray[np.floating] | None = None,
    report: Callable[[float], None] = lambda _: None,
) -> Linear:
    """The weights of the least loss.

    Args:
        bags: which entries N rows have, of R buckets.
        values: float [Z], the entries.
        truths: bool [N, C], the labels that a row has.
        cost: of errors against large weights, above 0.
        tolerance: the search ends where no derivative of the dual is further from what it is at the minimum.
        row_weights: float [N, C], v above, above 0; None for ones.
        report: told the share that is done.
    """
    labels = truths.shape[1]
    weights = np.zeros((bags.width, labels))
    biases = np.zeros(labels)
    for first in range(0, labels, _MOST_LABELS):
        some = slice(first, first + _MOST_LABELS)
        costs = np.full_like(truths[:, some], cost, dtype=np.float64)
        if row_weights is not None:
            costs *= row_weights[:, some]
        start, share = first / labels, costs.shape[1] / labels
        both = _solved(
            bags,
            values.astype(np.float64),
            np.where(truths[:, some], 1.0, -1.0),
            costs,
            tolerance,
            lambda done, start=start, share=share: report(start + share * done),  # type: ignore[misc]
        )
        weights[:, some], biases[some] = both[:-1], both[-1]
    return Linear(weights, biases)


def _solved(
    bags: Bags,
    values: NDArray[np.float64],
    signs: NDArray[np.float64],
    costs: NDArray[np.float64],
    tolerance: float,
    report: Callable[[float], None],
) -> NDArray[np.float64]:
    """Weights and, in the last row, biases [R + 1, C] of labels with signs [N, C] of -1 and 1."""
    count = len(bags)
    places, entries = _with_bias(bags, values)
    slack = 1 / (2 * costs)
    curves = np.array([float(each @ each) for each in entries])[:, None] + slack
    alphas = np.zeros_like(signs)
    both = np.zeros((bags.width + 1, signs.shape[1]))
    order = np.random.default_rng(_SEED)
    distance = np.full(count, np.inf)  # of each row from its minimum, when it was last looked at
    first = share = 0.0
    active = np.arange(count)
    for number in range(_MOST_PASSES):
        for row in order.permutation(active).tolist():
            distance[row] = _step(
                both, places[row], entries[row], signs[row], alphas[row], slack[row], curves[row]
            )
        worst = float(distance[active].max(initial=0.0))
        first = first or worst
        share = max(share, _done(first, worst, tolerance))
        report(share)
        if worst > tolerance:
            active = np.flatnonzero(distance > tolerance / 2)  # the others hardly move
        elif len(active) < count:
            active = np.arange(count)
        else:
            break
        if number == _MOST_PASSES - 2:
            active = np.arange(count)
    report(1.0)
    return both


def _step(
    both: NDArray[np.float64],
    places: NDArray[np.int32],
    entries: NDArray[np.float64],
    signs: NDArray[np.float64],
    alphas: NDArray[np.float64],
    slack: NDArray[np.float64],
    curves: NDArray[np.float64],
) -> float:
    """Moves the dual weights of a row, all labels, to their minimum, in place; how far off the furthest was."""
    rows = both[places]
    slopes = signs * (entries @ rows) - 1 + slack * alphas
    moved = np.maximum(alphas - slopes / curves, 0)
    change = moved - alphas
    distance = float(np.abs(change * curves).max())
    if distance > 0:
        alphas[:] = moved
        rows += entries[:, None] * (change * signs)
        both[places] = rows
    return distance


def _with_bias(
    bags: Bags, values: NDArray[np.float64]
) -> tuple[list[NDArray[np.int32]], list[NDArray[np.float64]]]:
    """Buckets and entries of each row, and behind them the bias's."""
    bias, one = np.array([bags.width], np.int32), np.ones(1)
    inner = bags.bounds[1:-1]
    return (
        [np.concatenate([each, bias]) for each in np.split(bags.buckets, inner)],
        [np.concatenate([each, one]) for each in np.split(values, inner)],
    )


def _done(first: float, worst: float, tolerance: float) -> float:
    """The share of the way to the tolerance, as if it were gone at a steady rate."""
    if worst <= tolerance or first <= tolerance:
        return 0.99
    return max(0.0, min(0.99, float(np.log(first / worst) / np.log(first / tolerance))))
