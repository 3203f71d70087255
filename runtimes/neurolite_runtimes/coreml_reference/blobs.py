"""Tensors in ``weight.bin``: version 2 of MIL's blob storage, read with every bound checked.

The file begins with 64 bytes, a count and the version; each tensor has 64 bytes that say where its
values are, at the offset that the program gives.
"""

from __future__ import annotations

import struct
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.ground.errors import ArtifactError

_HEADER: Final = struct.Struct("<II")
_ENTRY: Final = struct.Struct("<IIQQ")  # mark, type, bytes, offset
_ENTRY_SIZE: Final = 64
_VERSION: Final = 2
_MARK: Final = 0xDEADBEEF
_TYPES: Final = {1: np.float16, 2: np.float32, 3: np.uint8, 4: np.int8, 6: np.int16, 7: np.uint16}


def read_blob(data: bytes, offset: int, dtype: np.dtype[Any], count: int) -> NDArray[Any]:
    """The values of one tensor, flat; a view of ``data``, not writable.

    Args:
        data: of the file.
        offset: of the tensor's entry.
        dtype: as the program declares it.
        count: as its shape has it.

    Raises:
        ArtifactError: another version, out of bounds, or not of this type and count.
    """
    if len(data) < _HEADER.size or _HEADER.unpack_from(data)[1] != _VERSION:
        raise ArtifactError(f"the weights are not in version {_VERSION} of MIL's blob storage")
    if not 0 <= offset <= len(data) - _ENTRY_SIZE:
        raise ArtifactError(
            f"a weight's offset {offset} is outside the {len(data)} bytes of weights"
        )
    mark, kind, size, start = _ENTRY.unpack_from(data, offset)
    if mark != _MARK or _TYPES.get(kind) != dtype or size != count * dtype.itemsize:
        raise ArtifactError(f"the weight at offset {offset} is not {count} values of {dtype}")
    if start > len(data) or size > len(data) - start:
        raise ArtifactError(f"the weight at offset {offset} ends outside the weights")
    return np.frombuffer(data, dtype, count, start)
