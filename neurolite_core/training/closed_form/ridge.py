"""Ridge regression in closed form, numpy alone.

Hoerl and Kennard, "Ridge Regression: Biased Estimation for Nonorthogonal Problems", 1970: the minimum of
sum |x_n W + b - y_n|^2 + penalty |W|^2 is at (X'X + penalty) W = X'Y of centred X and Y.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Readout:
    """What reads features: x @ weight + bias.

    Attributes:
        weight: float64 [D, C].
        bias: float64 [C].
    """

    weight: NDArray[np.float64]
    bias: NDArray[np.float64]


def ridge(features: NDArray[np.floating], targets: NDArray[np.floating], penalty: float) -> Readout:
    """The readout of least squares with a penalty on its weights, not on its bias.

    Args:
        features: [N, D].
        targets: [N, C].
        penalty: above 0.
    """
    return ridge_of_parts([(features, targets)], penalty)


def ridge_of_parts(
    parts: Iterable[tuple[NDArray[np.floating], NDArray[np.floating]]], penalty: float
) -> Readout:
    """The same of features [n, D] and targets [n, C] that come in parts, at least one row in all.

    Each part is centred by the first one's means, so that little is lost where the means are taken out at the end.
    """
    count = 0
    origin: Values | None = None
    aim: Values | None = None
    for features, targets in parts:
        x: Values = features.astype(np.float64)
        y: Values = targets.astype(np.float64)
        if origin is None or aim is None:
            origin, aim = x.mean(axis=0), y.mean(axis=0)
            sums, wanted = np.zeros_like(origin), np.zeros_like(aim)
            gram = np.zeros((len(origin), len(origin)))
            crossed = np.zeros((len(origin), len(aim)))
        x -= origin
        y -= aim
        count += len(x)
        sums += x.sum(axis=0)
        wanted += y.sum(axis=0)
        gram += x.T @ x
        crossed += x.T @ y
    assert origin is not None  # noqa: S101  # there is at least one part
    assert aim is not None  # noqa: S101  # likewise
    middle, level = sums / count, wanted / count
    gram -= count * np.outer(middle, middle)
    crossed -= count * np.outer(middle, level)
    gram[np.diag_indices_from(gram)] += penalty
    weight: Values = np.asarray(np.linalg.solve(gram, crossed), np.float64)
    bias: Values = np.asarray(aim + level - (origin + middle) @ weight, np.float64)
    return Readout(weight, bias)
