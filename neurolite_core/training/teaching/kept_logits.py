"""A teacher's logits in a file, mapped by every process that reads them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neurolite_core.ground.errors import InputError

_DTYPE = np.dtype("<f2")


class KeptLogits:
    """Logits float16 [N, C] of the rows of a store, little-endian in a file, read as needed.

    Args:
        path: of the file.
        shape: (N, C).

    Raises:
        InputError: the file cannot be read, or does not have this size.
    """

    def __init__(self, path: Path, shape: tuple[int, int]) -> None:
        self.path, self.shape = path, shape
        if not has_size(path, shape):
            raise InputError(
                f"{path} is not {shape[0]:,} rows of {shape[1]:,} answers; remove it, and it is made again."
            )
        self._rows: NDArray[np.float16] = np.memmap(path, _DTYPE, "r", shape=shape)

    def __getitem__(self, row: int) -> NDArray[np.float16]:
        """Logits float16 [C] of a row."""
        logits: NDArray[np.float16] = self._rows[row]
        return logits

    def __reduce__(self) -> tuple[Callable[..., KeptLogits], tuple[Path, tuple[int, int]]]:
        """Another process maps the file itself: numpy would send it all."""
        return KeptLogits, (self.path.absolute(), self.shape)


def as_kept(logits: NDArray[np.floating]) -> bytes:
    """Logits [N, C] as they stand in the file."""
    return logits.astype(_DTYPE).tobytes()


def has_size(path: Path, shape: tuple[int, int]) -> bool:
    """Whether a file is there and has the size of ``shape``."""
    return path.is_file() and path.stat().st_size == shape[0] * shape[1] * _DTYPE.itemsize
