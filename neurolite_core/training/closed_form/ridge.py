"""Ridge regression in closed form, numpy alone.

Hoerl and Kennard, "Ridge Regression: Biased Estimation for Nonorthogonal Problems", 1970: the minimum of
sum |x_n W + b - y_n|^2 + penalty |W|^2 is at (X'X + penalty) W = X'Y of centred X and Y.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


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
    x, y = features.astype(np.float64), targets.astype(np.float64)
    middle, wanted = x.mean(axis=0), y.mean(axis=0)
    x -= middle
    gram = x.T @ x
    gram[np.diag_indices_from(gram)] += penalty
    weight = np.linalg.solve(gram, x.T @ (y - wanted))
    return Readout(weight, wanted - middle @ weight)
