"""What a matrix of accuracies says.

Lopez-Paz and Ranzato 2017, arXiv:1706.08840; forgetting as Chaudhry et al. 2018, arXiv:1801.10112, have it.

R[i, j] is the accuracy on the texts of task j after task i was learned, of T tasks.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares from 0 to 1; None where the matrix has nothing to say.

    Attributes:
        average: mean of the last row.
        forgetting: mean, over all tasks but the last, of the best accuracy before the last task minus the one at the
            end.
        backward: backward transfer, mean of R[T, j] - R[j, j] over the same.
        forward: forward transfer, mean of R[j - 1, j] - chance over all tasks but the first.
    """

    average: float
    forgetting: float | None
    backward: float | None
    forward: float | None

    def as_values(self) -> dict[str, float | None]:
        """For JSON, rounded."""
        return {k: None if v is None else round(v, 5) for k, v in asdict(self).items()}


def figures(matrix: Matrix, chance: float) -> Figures:
    """Of a matrix float64 [T, T], T at least 2; rows before the last may be nan, where nothing was measured.

    Args:
        matrix: R.
        chance: accuracy of who knows nothing: before a label is known no text of it is answered rightly, so that
            chance is 0 where tasks bring new labels.
    """
    last, before = matrix[-1], matrix[:-1]
    if np.isnan(before).any():
        return Figures(float(last.mean()), None, None, None)
    diagonal = np.diag(matrix)[:-1]
    return Figures(
        average=float(last.mean()),
        forgetting=float((before.max(axis=0) - last)[:-1].mean()),
        backward=float((last[:-1] - diagonal).mean()),
        forward=float(np.diag(matrix, 1).mean() - chance),
    )
