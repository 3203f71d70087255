"""Logistic regression on stored examples: convex, so that it has one answer, found by L-BFGS in numpy.

Minimised is ``cost * sum of cross-entropies + |weights|^2 / 2``, the bias free, as scikit-learn has it. L-BFGS is that
of Liu and Nocedal 1989, "On the limited memory BFGS method for large scale optimization", with Armijo's rule.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.answer.similarity import fit_sharpness
from neurolite_core.ground.errors import InputError
from neurolite_runtimes.learning.memory import Memory
from neurolite_runtimes.learning.records import MAX_WEIGHTS, Weights

COST: Final = 10.0
FEWEST: Final = 3  # examples a label, on average; with two, means are as good
_FOLDS: Final = 5
_LEFT_OUT: Final = 1_000  # examples that the one number of the scale is chosen on; more cost fits, and change nothing
_STEPS: Final = 300
TOLERANCE: Final = 1e-4  # of the largest number of the gradient of the mean cross-entropy
_REMEMBERED: Final = 10
_ARMIJO: Final = 1e-4
_LEAST_SHARE: Final = 1e-10

Array = NDArray[np.float64]


def is_enough(memory: Memory) -> bool:
    """Whether there are labels and examples enough that a fit is better than means."""
    labels = {label for label in memory.labels[memory.rows()].tolist()}
    return len(labels) > 1 and len(memory) >= FEWEST * len(labels)


def fit(memory: Memory) -> Weights:
    """Fits all examples, and scales the logits so that their softmax is a probability.

    The scale is chosen on examples that the weights were not fitted on, a fifth at a time until there are a thousand.

    Raises:
        InputError: fewer than two labels, fewer than ``FEWEST`` examples a label, or more weights than a record takes.
    """
    if not is_enough(memory):
        raise InputError(
            f"{len(memory)} examples are too few to fit; it takes two labels and {FEWEST} examples a label on average."
        )
    rows = memory.rows()
    labels, targets = np.unique(memory.labels[rows], return_inverse=True)
    vectors = memory.vectors[rows].astype(np.float64)
    if len(labels) * (vectors.shape[1] + 1) > MAX_WEIGHTS:
        raise InputError(
            f"{len(labels):,} labels of {vectors.shape[1]:,} numbers are too many to fit. Cut the vectors: "
            "neurolite-learn FILE --store STORE rebuild --dimension N"
        )
    table = solve(vectors, targets, len(labels))
    table *= _scale(vectors, targets, table)
    return Weights(
        tuple(labels.tolist()), table[:-1].astype(np.float32), table[-1].astype(np.float32)
    )


def solve(
    vectors: Array,
    targets: NDArray[np.integer],
    classes: int,
    *,
    start: Array | None = None,
    cost: float = COST,
    tolerance: float = TOLERANCE,
) -> Array:
    """Weights and bias [D + 1, C], the bias last.

    Args:
        vectors: float64 [N, D].
        targets: int [N], from 0.
        classes: C.
        start: where to begin, [D + 1, C]; by default at zero.
        cost: of an example's cross-entropy against the weights.
        tolerance: it ends where no number of the mean cross-entropy's gradient is larger.
    """
    design = np.concatenate([vectors, np.ones((len(vectors), 1))], axis=1)
    places = np.arange(len(targets))

    def loss(flat: Array) -> tuple[float, Array]:
        table = flat.reshape(-1, classes)
        z = design @ table
        z -= z.max(axis=1, keepdims=True)
        powers = np.exp(z)
        sums = powers.sum(axis=1, keepdims=True)
        value = cost * float((np.log(sums[:, 0]) - z[places, targets]).sum())
        rest = powers / sums
        rest[places, targets] -= 1
        gradient = cost * (design.T @ rest)
        gradient[:-1] += table[:-1]
        return value + 0.5 * float(np.square(table[:-1]).sum()), gradient.ravel()

    first = np.zeros((design.shape[1], classes)) if start is None else start
    return minimise(loss, first.ravel(), tolerance * cost * len(targets)).reshape(-1, classes)


def minimise(loss: Callable[[Array], tuple[float, Array]], start: Array, tolerance: float) -> Array:
    """Where a smooth convex function is least, by L-BFGS.

    Args:
        loss: value and gradient [n] at a point [n].
        start: a point [n].
        tolerance: it ends where no number of the gradient is larger.
    """
    point = start.copy()
    value, gradient = loss(point)
    pairs: deque[tuple[Array, Array, float]] = deque(maxlen=_REMEMBERED)
    for _ in range(_STEPS):
        if np.abs(gradient).max() <= tolerance:
            break
        direction = -_two_loops(gradient, pairs)
        slope = float(direction @ gradient)
        if slope >= 0:  # rounding; begin anew downhill
            pairs.clear()
            direction, slope = -gradient, -float(gradient @ gradient)
        share = 1.0 if pairs else min(1.0, 1 / float(np.abs(gradient).sum()))
        while True:
            moved = point + share * direction
            new_value, new_gradient = loss(moved)
            if new_value <= value + _ARMIJO * share * slope or share < _LEAST_SHARE:
                break
            share /= 2
        if share < _LEAST_SHARE:
            break
        step, change = moved - point, new_gradient - gradient
        curvature = float(step @ change)
        if curvature > _LEAST_SHARE * float(change @ change):
            pairs.append((step, change, 1 / curvature))
        point, value, gradient = moved, new_value, new_gradient
    return point


def _two_loops(gradient: Array, pairs: deque[tuple[Array, Array, float]]) -> Array:
    """The inverse curvature that the last steps show, times the gradient."""
    found = gradient.copy()
    shares = []
    for step, change, inverse in reversed(pairs):
        share = inverse * float(step @ found)
        shares.append(share)
        found -= share * change
    if pairs:
        step, change, inverse = pairs[-1]
        found /= inverse * float(change @ change)
    for (step, change, inverse), share in zip(pairs, reversed(shares), strict=True):
        found += (share - inverse * float(change @ found)) * step
    return found


def _scale(vectors: Array, targets: NDArray[np.integer], table: Array) -> float:
    """The factor for logits of examples that were left out; 1 where none can be."""
    folds = np.empty(len(targets), np.int64)
    for label in range(table.shape[1]):
        own = np.flatnonzero(targets == label)
        folds[own] = np.arange(len(own)) % _FOLDS
    truths: list[NDArray[np.integer]] = []
    found: list[Array] = []
    for fold in range(_FOLDS):
        if sum(len(part) for part in truths) >= _LEFT_OUT:
            break
        kept = folds != fold
        known = ~kept & np.isin(targets, targets[kept])
        if not known.any():
            continue
        part = solve(vectors[kept], targets[kept], table.shape[1], start=table)
        found.append(vectors[known] @ part[:-1] + part[-1])
        truths.append(targets[known])
    if not found:
        return 1.0
    logits, truth = np.concatenate(found), np.concatenate(truths)
    return fit_sharpness(logits[np.arange(len(truth)), truth], logits)
