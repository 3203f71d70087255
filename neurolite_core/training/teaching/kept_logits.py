"""A teacher's answers in a file, made in parts that an interruption keeps, mapped by every process that reads them."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.ground.errors import InputError
from neurolite_core.ground.files import write_atomically

_CHUNK: Final = 20_000
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

    def rows(self, rows: NDArray[np.int64]) -> NDArray[np.float16]:
        """Logits float16 [R, C] of rows int64 [R]."""
        found: NDArray[np.float16] = self._rows[rows]
        return found

    def between(self, first: int, behind: int) -> NDArray[np.float16]:
        """Logits float16 [behind - first, C] of rows that stand together: a view into the file."""
        return self._rows[first:behind]

    def __reduce__(self) -> tuple[Callable[..., KeptLogits], tuple[Path, tuple[int, int]]]:
        """Another process maps the file itself: numpy would send it all."""
        return KeptLogits, (self.path.absolute(), self.shape)


def keep_answers(
    folder: Path,
    kind: str,
    key: Sequence[object],
    shape: tuple[int, int],
    answer: Callable[[range], NDArray[np.floating]],
    *,
    part: int = _CHUNK,
) -> KeptLogits:
    """Answers [N, C], float16, made in parts of some thousand rows; what was made before is not made again.

    Args:
        folder: for the file.
        kind: first word of its name.
        key: all that decides the answers, as JSON has it.
        shape: (N, C).
        answer: some of the N rows to their answers [n, C].
        part: rows that are made at a time.
    """
    name = f"{kind}-" + hashlib.sha256(json.dumps(key).encode()).hexdigest()[:16]
    path, header = folder / f"{name}.bin", folder / f"{name}.json"
    if not (header.is_file() and has_size(path, shape)):
        begun = path.with_suffix(".part")
        begun.parent.mkdir(parents=True, exist_ok=True)
        chunk = part * shape[1] * _DTYPE.itemsize
        done = begun.stat().st_size // chunk if begun.is_file() else 0
        with begun.open("ab") as stream:
            stream.truncate(done * chunk)
            for first in range(done * part, shape[0], part):
                rows = range(first, min(first + part, shape[0]))
                stream.write(answer(rows).astype(_DTYPE).tobytes())
                stream.flush()
                os.fsync(stream.fileno())
        begun.replace(path)
        write_atomically(header, (json.dumps({"of": key, "shape": shape}) + "\n").encode())
    return KeptLogits(path, shape)


def has_size(path: Path, shape: tuple[int, int]) -> bool:
    """Whether a file is there and has the size of ``shape``."""
    return path.is_file() and path.stat().st_size == shape[0] * shape[1] * _DTYPE.itemsize
