"""A text whose words and tags are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class PlacedText:
    """A text, its words and their tags.

    Attributes:
        text: it ends with the last word that is read.
        borders: int64 [L, 2], of each word the first byte and the one behind the last.
        tags: int64 [L].
    """

    text: bytes
    borders: NDArray[np.int64]
    tags: NDArray[np.int64]
