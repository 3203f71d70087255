"""The parts of a .tflite that are read before any runtime may: metadata, and proof that nothing is damaged.

A .tflite is a flatbuffer: tables that name each other by offsets into the file. Interpreters follow
those without many checks, and a wrong one ends the process; so every offset here is checked, and the
file carries a digest of itself that finds whatever else was changed or lost.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from neurolite_core.artifact.buckets import Bucket
from neurolite_core.artifact.metadata import METADATA_KEY
from neurolite_core.artifact.seal import Seal, digest_with_zeros
from neurolite_core.ground.errors import ArtifactError

IDENTIFIER: Final = b"TFL3"  # at bytes 4 to 7
DIGEST_KEY: Final = "neurolite.sha256"
DIGEST_SIZE: Final = 32

# Fields by their place in the schema's tables.
_MODEL_BUFFERS: Final = 4
_MODEL_METADATA: Final = 6
_ENTRY_NAME: Final = 0
_ENTRY_BUFFER: Final = 1
_BUFFER_DATA: Final = 0

_MOST_ENTRIES: Final = 64
_U16: Final = struct.Struct("<H")
_U32: Final = struct.Struct("<I")
_I32: Final = struct.Struct("<i")


def signature_name(bucket: Bucket) -> str:
    """Of the signature that runs a bucket: ``bytes_64`` takes 64 bytes."""
    return f"bytes_{bucket.num_bytes}"


def read_metadata(content: bytes, source: str) -> str | None:
    """The JSON of ``ArtifactMetadata`` in a file that may come from anywhere.

    Args:
        content: a .tflite.
        source: its name, for messages.

    Returns:
        None for a file that was not exported by NeuroLite.

    Raises:
        ArtifactError: damaged.
    """
    try:
        found = _entries(_File(content)).get(METADATA_KEY)
        return None if found is None else content[found.start : found.stop].decode("utf-8")
    except (_DamagedError, UnicodeDecodeError) as error:
        raise ArtifactError(
            f"{source} is a damaged .tflite file. Export the model again."
        ) from error


def seal_of(content: bytes) -> Seal:
    """What the digest among the file's metadata says of it."""
    try:
        entries = _entries(_File(content))
    except (_DamagedError, UnicodeDecodeError):
        return Seal.BROKEN
    if METADATA_KEY not in entries:
        return Seal.MISSING
    place = entries.get(DIGEST_KEY, range(0))
    whole = len(place) == DIGEST_SIZE and content[place.start : place.stop] == digest_with_zeros(
        content, place
    )
    return Seal.WHOLE if whole else Seal.BROKEN


def seal(content: bytes) -> bytes:
    """Fills in the digest of a file that has room for it under ``DIGEST_KEY``."""
    place = _entries(_File(content))[DIGEST_KEY]
    return content[: place.start] + digest_with_zeros(content, place) + content[place.stop :]


class _DamagedError(Exception):
    """An offset leads out of the file."""


def _entries(file: _File) -> dict[str, range]:
    """Where the bytes of each metadata entry stand, by its name."""
    model = file.root()
    buffers = file.tables(model, _MODEL_BUFFERS)
    found: dict[str, range] = {}
    for entry in file.tables(model, _MODEL_METADATA)[:_MOST_ENTRIES]:
        name = file.vector(entry, _ENTRY_NAME, 1)
        place = file.field(entry, _ENTRY_BUFFER)
        number = 0 if place is None else file.number(_U32, place)
        if number >= len(buffers):
            raise _DamagedError
        key = file.content[name.start : name.stop].decode("utf-8")
        found[key] = file.vector(buffers[number], _BUFFER_DATA, 1)
    return found


@dataclass(frozen=True, slots=True)
class _File:
    """Follows a flatbuffer's offsets, each inside the file or ``_DamagedError``."""

    content: bytes

    def number(self, kind: struct.Struct, at: int) -> int:
        if not 0 <= at <= len(self.content) - kind.size:
            raise _DamagedError
        (value,) = kind.unpack_from(self.content, at)
        return int(value)

    def root(self) -> int:
        return self._follow(0)

    def _follow(self, at: int) -> int:
        return at + self.number(_U32, at)

    def field(self, table: int, index: int) -> int | None:
        """Where a table's field stands, or None where the table leaves it out."""
        layout = table - self.number(_I32, table)
        place = layout + 2 * _U16.size + index * _U16.size
        if place + _U16.size > layout + self.number(_U16, layout):
            return None
        offset = self.number(_U16, place)
        return table + offset if offset else None

    def vector(self, table: int, index: int, size: int) -> range:
        """Where the elements of a vector field stand, of so many bytes each; empty if left out."""
        place = self.field(table, index)
        if place is None:
            return range(0)
        start = self._follow(place)
        length = self.number(_U32, start) * size
        first = start + _U32.size
        if first + length > len(self.content):
            raise _DamagedError
        return range(first, first + length, size)

    def tables(self, table: int, index: int) -> list[int]:
        """Where the tables of a vector of tables stand."""
        return [self._follow(at) for at in self.vector(table, index, _U32.size)]
