"""The wire format of protobuf, read without trust: fields of a message, in place and within its bounds.

https://protobuf.dev/programming-guides/encoding. Nothing is copied and nothing recurses; who reads a nested message
walks its range in turn. Groups, which neither ONNX nor Core ML has, are refused.
"""

from __future__ import annotations

from mmap import mmap
from typing import Final

from neurolite_core.ground.errors import ArtifactError

Bytes = bytes | mmap
VARINT: Final = 0
FIXED64: Final = 1
LENGTH: Final = 2
FIXED32: Final = 5
_WIDTHS: Final = {FIXED32: 4, FIXED64: 8}
_KNOWN: Final = (LENGTH, VARINT)
_IMPOSSIBLE: Final = 2**64  # bytes: reaches behind every message
_LONGEST_VARINT: Final = 10  # bytes
_MOST_FIELDS: Final = 2**20  # of a message; each takes memory while it is looked at


def fields(data: Bytes, start: int, end: int) -> list[tuple[int, int, int, int]]:
    """The fields of the message at ``data[start:end]``, in the order in which they are written.

    Returns:
        Of each its number; wire type; and of a varint its value and 0, of others where the value starts and ends.

    Raises:
        ArtifactError: damaged or cut off.
    """
    found: list[tuple[int, int, int, int]] = []
    add = found.append
    # Most of the time that a file is looked at passes here: what most fields are goes first, and without a call.
    for _ in range(_MOST_FIELDS):
        if start >= end:
            return found
        key = data[start]
        start += 1
        if key >= 0x80:
            key, start = varint(data, start - 1, end)
        wire = key & 7
        if wire in _KNOWN and start < end:
            size = data[start]
            start += 1
            if size < 0x80:
                pass
            elif start < end and data[start] < 0x80:  # of two bytes
                size += (data[start] - 1) << 7
                start += 1
            else:
                size, start = varint(data, start - 1, end)
            if wire == VARINT:
                add((key >> 3, VARINT, size, 0))
                continue
        else:
            size = _WIDTHS.get(wire, _IMPOSSIBLE)
        stop = start + size
        if stop > end:
            raise _damaged()
        add((key >> 3, wire, start, stop))
        start = stop
    if start < end:
        raise ArtifactError(f"it has a part of more than {_MOST_FIELDS:,} entries")
    return found


def varint(data: Bytes, start: int, end: int) -> tuple[int, int]:
    """A number of at most 64 bits at ``start``, and where what follows it starts.

    Raises:
        ArtifactError: longer than such a number may be, or cut off.
    """
    value = shift = 0
    for place in range(start, min(end, start + _LONGEST_VARINT)):
        byte = data[place]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & (2**64 - 1), place + 1
        shift += 7
    raise _damaged()


def varints(data: Bytes, start: int, end: int) -> list[int]:
    """The numbers of a packed field.

    Raises:
        ArtifactError: cut off.
    """
    found: list[int] = []
    while start < end:
        value, start = varint(data, start, end)
        found.append(value)
    return found


def signed(value: int) -> int:
    """Negative numbers are stored in two's complement of 64 bits."""
    return value - 2**64 if value >= 2**63 else value


def place_of(data: Bytes, path: tuple[int, ...], key: str) -> range | None:
    """Where the value of a map's or of a property list's entry lies.

    Args:
        data: a message.
        path: field numbers of the messages that lead to the entries, the entries' own last.
        key: field 1 of the entry; the value is its field 2.

    Returns:
        The value's place, or None where there is no such entry. Of several the last, as protobuf has it.

    Raises:
        ArtifactError: damaged or cut off.
    """
    ranges = [range(len(data))]
    for number in path:
        ranges = [
            range(first, last)
            for part in ranges
            for found, wire, first, last in fields(data, part.start, part.stop)
            if found == number and wire == LENGTH
        ]
    wanted, place = key.encode(), None
    for entry in ranges:
        parts = {
            number: range(first, last)
            for number, wire, first, last in fields(data, entry.start, entry.stop)
            if wire == LENGTH
        }
        if 1 in parts and 2 in parts and data[parts[1].start : parts[1].stop] == wanted:
            place = parts[2]
    return place


def _damaged() -> ArtifactError:
    return ArtifactError("it is cut off or damaged")
