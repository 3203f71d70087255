"""How far one output of a file is from the reference's, collected batch by batch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


class Distances:
    """Figures of the differences of all values.

    Args:
        texts: N, of all batches together.
    """

    def __init__(self, texts: int) -> None:
        self._largest = np.zeros(texts)
        self._sum = self._noise = self._signal = 0.0
        self._values = 0

    def add(
        self,
        positions: Sequence[int],
        expected: NDArray[np.float32],
        found: NDArray[np.float32],
        values: int,
    ) -> None:
        """A batch of n texts.

        Args:
            positions: of the texts among the N.
            expected: of the reference [n, ...].
            found: of the file, alike.
            values: how many of the values count; the others are 0 in both.
        """
        error = found.astype(np.float64) - expected
        self._largest[list(positions)] = (
            np.abs(error).reshape(len(error), -1).max(axis=1, initial=0)
        )
        self._sum += float(np.abs(error).sum())
        self._noise += float((error**2).sum())
        self._signal += float((expected.astype(np.float64) ** 2).sum())
        self._values += values

    @property
    def worst(self) -> int:
        """Position of the text with the largest difference; of one that is not a number, before all others."""
        return int(self._largest.argmax())

    @property
    def largest(self) -> float:
        """Of any value."""
        return float(self._largest.max())

    @property
    def mean(self) -> float:
        """Of all values."""
        return self._sum / max(self._values, 1)

    @property
    def sqnr_db(self) -> float:
        """10 log10(sum reference^2 / sum error^2), infinite where nothing differs."""
        if self._noise and self._signal:
            return 10 * float(np.log10(self._signal / self._noise))
        return float("inf")
