"""How sparse a matrix is that was read back from a file."""

from __future__ import annotations

from typing import Any, Final

from numpy.typing import NDArray

# Names of the weights of the columns backbone that are 2:4 sparse.
SPARSE: Final = (
    "word_mixing.expand.weight",
    "word_mixing.contract.weight",
    "blocks.0.expand.weight",
    "blocks.0.contract.weight",
)


def most_of_four(weight: NDArray[Any]) -> int:
    """The most values that are not zero of any four that follow each other in a row of (R, C), C a multiple of 4."""
    return int((weight.reshape(len(weight), -1, 4) != 0).sum(axis=2).max())
