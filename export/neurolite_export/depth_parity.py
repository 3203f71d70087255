"""Which texts a file answers at another layer than the reference: there is nothing else to compare of these."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolite_core.artifact.outputs import DEPTH


class DepthCounts:
    """Counts over batches.

    Attributes:
        different: texts at another depth; None where there are no exits.
    """

    def __init__(self) -> None:
        self.different: int | None = None

    def same(
        self, expected: dict[str, NDArray[Any]], found: dict[str, NDArray[Any]], rows: int
    ) -> NDArray[np.bool_]:
        """Which of a batch's texts have the same depth, bool [n]; takes ``DEPTH`` out of both.

        Args:
            expected: outputs of the reference.
            found: of the file.
            rows: n.
        """
        if DEPTH not in expected:
            return np.ones(rows, np.bool_)
        own, theirs = expected.pop(DEPTH), found.pop(DEPTH)
        same = np.zeros(rows, np.bool_) if own.shape != theirs.shape else own == theirs
        self.different = (self.different or 0) + int((~same).sum())
        return np.asarray(same)
