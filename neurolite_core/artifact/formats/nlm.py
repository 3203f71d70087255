"""The container of a .nlm: parts at multiples of 64 bytes, and a digest of it all; docs/c-arithmetic.md, "The file"."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from neurolite_core.artifact.formats.protobuf import Bytes
from neurolite_core.artifact.seal import Seal, digest_with_zeros
from neurolite_core.ground.errors import ArtifactError

MAGIC: Final = b"\x89NLM\r\n\x1a\n"
VERSION: Final = 1
METADATA_KIND: Final = 1
ALIGNMENT: Final = 64
_MOST_PARTS: Final = 65_536
_HEAD: Final = struct.Struct("<8sIIQQ")
_ENTRY: Final = struct.Struct("<IIQQQ")
_DIGEST: Final = range(32, 64)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a file.

    Attributes:
        kind: which, by the specification's table.
        block: of the backbone, from 0; 0 where there is none.
        content: its bytes.
    """

    kind: int
    block: int
    content: Bytes


def is_nlm(content: Bytes) -> bool:
    """Whether a content, or its beginning, is meant to be a .nlm."""
    return bytes(content[: len(MAGIC)]) == MAGIC


def write_parts(parts: Sequence[Part]) -> bytes:
    """A sealed file of parts, in their order."""
    place = _up(_DIGEST.stop + len(parts) * _ENTRY.size)
    entries, body = [], []
    for part in parts:
        size = len(part.content)
        entries.append(_ENTRY.pack(part.kind, part.block, place, size, 0))
        body += [bytes(part.content), bytes(_up(size) - size)]
        place += _up(size)
    head = _HEAD.pack(MAGIC, VERSION, len(parts), place, 0) + bytes(32) + b"".join(entries)
    whole = head + bytes(_up(len(head)) - len(head)) + b"".join(body)
    return seal(whole)


def read_parts(content: Bytes, source: str) -> Mapping[tuple[int, int], memoryview]:
    """The parts of a file that may come from anywhere, by kind and block, in the file's order.

    Raises:
        ArtifactError: it is damaged, or of a newer version.
    """
    view = memoryview(content)
    try:
        return _parts(view)
    except (_DamagedError, struct.error) as error:
        raise ArtifactError(f"{source} is a damaged .nlm file. Export the model again.") from error
    except _NewerError as error:
        raise ArtifactError(
            f"{source} is of version {error} of the format; this release knows {VERSION}. "
            "Install a newer neurolite: pip install -U neurolite"
        ) from error


def read_metadata(content: Bytes, source: str) -> str:
    """The JSON of ``ArtifactMetadata`` in a file that may come from anywhere.

    Raises:
        ArtifactError: it is damaged, or of a newer version.
    """
    parts = read_parts(content, source)
    try:
        return bytes(parts[METADATA_KIND, 0]).decode("utf-8")
    except (KeyError, UnicodeDecodeError) as error:
        raise ArtifactError(f"{source} is a damaged .nlm file. Export the model again.") from error


def seal(content: bytes) -> bytes:
    """The content with its digest made anew."""
    return content[: _DIGEST.start] + digest_with_zeros(content, _DIGEST) + content[_DIGEST.stop :]


def seal_of(content: Bytes) -> Seal:
    """What the digest in a file says of it."""
    if len(content) < _DIGEST.stop:
        return Seal.MISSING
    found = bytes(content[_DIGEST.start : _DIGEST.stop])
    return Seal.WHOLE if found == digest_with_zeros(content, _DIGEST) else Seal.BROKEN


class _DamagedError(Exception):
    """A number leads out of the file, or is not what the format has there."""


class _NewerError(Exception):
    """Of a version that is not known; its text is the version."""


def _parts(view: memoryview) -> dict[tuple[int, int], memoryview]:
    magic, version, count, size, zero = _HEAD.unpack_from(view)
    if magic != MAGIC or version == 0:
        raise _DamagedError
    if version != VERSION:
        raise _NewerError(version)
    if size != len(view) or zero or not 0 < count <= _MOST_PARTS:
        raise _DamagedError
    place = _up(_DIGEST.stop + count * _ENTRY.size)
    _require_zeros(view, _DIGEST.stop + count * _ENTRY.size, place)
    found: dict[tuple[int, int], memoryview] = {}
    for number in range(count):
        at = _DIGEST.stop + number * _ENTRY.size
        kind, block, offset, length, zero = _ENTRY.unpack_from(view, at)
        # Parts stand one behind the other, so none can lie in another or outside.
        if offset != place or length > size - offset or zero or (kind, block) in found:
            raise _DamagedError
        found[kind, block] = view[offset : offset + length]
        place = offset + _up(length)
        _require_zeros(view, offset + length, min(place, size))
    if place != size:
        raise _DamagedError
    return found


def _require_zeros(view: memoryview, first: int, behind: int) -> None:
    if any(view[first:behind]) or len(view[first:behind]) != behind - first:
        raise _DamagedError


def _up(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT
