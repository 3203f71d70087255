"""When each exit of a classifier is sure enough, and what answering early costs; numpy only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

FEWEST_TEXTS: Final = 60  # with fewer a threshold is chance
ALLOWED: Final = (0.0, 0.001, 0.002, 0.005, 0.01, 0.02)  # of the curve of a report

Thresholds = tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Point:
    """What thresholds do to texts.

    Attributes:
        allowed: share of the texts that may be lost, by which the thresholds were chosen.
        depth: mean number of layers that answer, 1 to D.
        accuracy: share of right answers; texts of labels that the model has not count as wrong.
    """

    allowed: float
    depth: float
    accuracy: float


def choose_thresholds(
    confidence: NDArray[np.float64], right: NDArray[np.bool_], allowed: float
) -> Thresholds:
    """Of each exit the lowest threshold at which the answers so far lose no more than is allowed.

    From the surest text on, an exit takes texts as long as those that it has wrong and the last layer right, less those
    that only it has right, are no more than its share: all exits have the same, and what one leaves is the next one's.

    Args:
        confidence: float64 [R, D - 1], of the exits.
        right: bool [R, D], whether each layer is right; the last column is the last layer's.
        allowed: share of the R texts, 0 or more.

    Returns:
        For each exit the probability above which it answers; None where it does not.
    """
    rows, exits = confidence.shape
    left = np.ones(rows, bool)
    lost = 0
    found: list[float | None] = []
    for place in range(exits):
        budget = int(allowed * rows * (place + 1) / exits + 1e-9) - lost
        asked = np.flatnonzero(left)
        order = asked[np.argsort(-confidence[asked, place], kind="stable")]
        losses = right[order, -1].astype(np.int64) - right[order, place]
        over = np.flatnonzero(np.cumsum(losses) > budget)
        taken = int(over[0]) if len(over) else len(order)
        threshold = _between(confidence[order, place], taken)
        found.append(threshold)
        if threshold is not None:
            exits_here = left & (confidence[:, place] > threshold)
            lost += int((right[exits_here, -1].astype(np.int64) - right[exits_here, place]).sum())
            left &= ~exits_here
    return tuple(found)


def _between(falling: NDArray[np.float64], taken: int) -> float | None:
    """A threshold between the last text that is taken and the first that is not; of equal ones none is."""
    while 0 < taken < len(falling) and falling[taken - 1] <= falling[taken]:
        taken -= 1
    if not taken:
        return None
    behind = falling[taken] if taken < len(falling) else 0.0
    middle = float(falling[taken - 1] + behind) / 2
    return middle if middle < falling[taken - 1] else None


def depths(confidence: NDArray[np.float64], thresholds: Thresholds) -> NDArray[np.int64]:
    """The layer that answers each text, int64 [R], from 1.

    Args:
        confidence: float64 [R, D - 1].
        thresholds: of the D - 1 exits.
    """
    found = np.full(len(confidence), confidence.shape[1] + 1)
    for place in reversed(range(confidence.shape[1])):
        threshold = thresholds[place]
        if threshold is not None:
            found[confidence[:, place] > threshold] = place + 1
    return found


def point_of(
    confidence: NDArray[np.float64],
    right: NDArray[np.bool_],
    thresholds: Thresholds,
    allowed: float,
) -> Point:
    """What thresholds do; arguments as of ``choose_thresholds`` and ``depths``."""
    depth = depths(confidence, thresholds)
    answered = right[np.arange(len(right)), depth - 1]
    return Point(allowed, float(depth.mean()), float(answered.mean()))


def shares(depth: NDArray[np.int64], layers: int) -> list[float]:
    """Share of the texts that each of D layers answers, of ``depths``."""
    return [float((depth == layer).mean()) for layer in range(1, layers + 1)]


def curve(
    chosen_on: tuple[NDArray[np.float64], NDArray[np.bool_]],
    measured_on: tuple[NDArray[np.float64], NDArray[np.bool_]],
    allowed: Sequence[float] = ALLOWED,
) -> list[Point]:
    """Accuracy against mean depth: thresholds for several losses, chosen on some texts and measured on others.

    Args:
        chosen_on: confidence and right, as of ``choose_thresholds``.
        measured_on: the same of other texts, or of the same.
        allowed: losses.
    """
    return [point_of(*measured_on, choose_thresholds(*chosen_on, loss), loss) for loss in allowed]
