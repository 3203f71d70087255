"""A classifier's head from the means of its labels' vectors, shrunk towards the mean of all rows.

A text gets the label whose mean is nearest, which is a linear head: |x - m|^2 differs between labels by m.x - |m|^2 /
2. Of n rows of a label, the mean moves n / (n + k) of the way from the common one: what it is where means are drawn
from a normal distribution around the common one, and rows around their mean with k times its variance (Efron and
Morris 1975, "Data analysis using Stein's estimator and its generalizations", doi 10.1080/01621459.1975.10479864).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

# Rows that the common mean counts as: 0 for the plain means.
SHRINKAGES: Final = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0)


def shrunk_means(
    vectors: NDArray[np.floating], label_ids: NDArray[np.integer], labels: int, shrinkage: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weights float64 [C, D] and biases [C] of the nearest shrunk mean.

    Args:
        vectors: [N, D].
        label_ids: int [N], 0 to C - 1; labels without a row get the common mean.
        labels: C.
        shrinkage: k, at least 0.
    """
    exact = vectors.astype(np.float64)
    common = exact.mean(axis=0)
    sums = np.zeros((labels, exact.shape[1]))
    np.add.at(sums, label_ids, exact - common)
    counts = np.bincount(label_ids, minlength=labels)[:, None]
    # Distances are taken from the common mean, which changes no difference of them and loses no digits.
    apart = sums / np.maximum(counts + shrinkage, 1e-9)
    return apart, -apart @ common - (apart**2).sum(axis=1) / 2
