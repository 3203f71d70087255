"""The header of a .safetensors file: its texts, and the seal that stands among them.

The format is that of https://github.com/huggingface/safetensors: a length in 8 bytes, a JSON header, the tensors.
All our texts are one entry of the header's metadata, whose order would change from run to run if there were several.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.artifact.seal import BLANK, SEAL_KEY, Seal, is_whole, sealed
from neurolite_core.ground.errors import ArtifactError

_KEY: Final = "neurolite"
_LENGTH: Final = 8
_MOST_HEADER: Final = 100_000_000  # bytes, as safetensors has it
# As it stands in the header: JSON in a string of JSON.
_BEFORE: Final = json.dumps(json.dumps({SEAL_KEY: ""})[1:-2])[1:-1].encode()


def to_metadata(texts: Mapping[str, str]) -> dict[str, str]:
    """What ``safetensors`` is to write into the header so that ``seal`` and ``texts_of`` work."""
    return {_KEY: json.dumps({SEAL_KEY: BLANK, **texts})}


def packed(tensors: Mapping[str, NDArray[np.float32]], metadata: Mapping[str, str]) -> bytes:
    """A file of float32 tensors with metadata of ``to_metadata``, as ``safetensors.torch.save`` writes it."""
    header: dict[str, Any] = {"__metadata__": dict(metadata)}
    end, parts = 0, []
    for name in sorted(tensors):
        parts.append(np.ascontiguousarray(tensors[name], dtype="<f4").tobytes())
        offsets = [end, end + len(parts[-1])]
        end = offsets[1]
        shape = list(tensors[name].shape)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": offsets}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % _LENGTH)  # tensors begin at a multiple of 8
    return b"".join([len(text).to_bytes(_LENGTH, "little"), text, *parts])


def seal(content: bytes) -> bytes:
    """Fills in the digest of a file with metadata of ``to_metadata``."""
    place = _place(content)
    if place is None:
        raise ValueError(f"The file has no metadata {_KEY!r} with room for a digest.")
    return sealed(content, place)


def seal_of(content: bytes) -> Seal:
    """What the digest in the file's header says of it."""
    place = _place(content)
    if place is None:
        return Seal.MISSING
    return Seal.WHOLE if is_whole(content, place) else Seal.BROKEN


def texts_of(content: bytes) -> dict[str, str]:
    """The texts that were given to ``to_metadata``.

    Raises:
        ArtifactError: the header is damaged, or has none.
    """
    try:
        header: Any = json.loads(content[_LENGTH : _end(content)])
        found: Any = json.loads(header["__metadata__"][_KEY])
        found.pop(SEAL_KEY)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ArtifactError("its header is damaged or not NeuroLite's") from error
    if not all(isinstance(value, str) for value in found.values()):
        raise ArtifactError("its header is damaged or not NeuroLite's")
    texts: dict[str, str] = found
    return texts


def _end(content: bytes) -> int:
    """Where the header ends."""
    size = int.from_bytes(content[:_LENGTH], "little")
    return _LENGTH + min(size, _MOST_HEADER, max(0, len(content) - _LENGTH))


def _place(content: bytes) -> range | None:
    start = content.find(_BEFORE, _LENGTH, _end(content))
    if start < 0:
        return None
    start += len(_BEFORE)
    return range(start, min(start + len(BLANK), len(content)))
