"""Equal messages of protobuf as equal bytes, whichever of its implementations wrote them.

Its own "deterministic" order of a map's entries is one of the implementation: where a key is the beginning of
another, C's and Python's differ. Encoding: https://protobuf.dev/programming-guides/encoding/.
"""

from __future__ import annotations

from typing import Any, Final

_VARINT: Final = 0
_LENGTH: Final = 2
_FIXED: Final = {1: 8, 5: 4}  # wire type -> bytes


def canonical(data: bytes, descriptor: Any) -> bytes:  # noqa: ANN401  # protobuf ships no types
    """A message with its fields by number and the entries of its maps by key, in all depths.

    Args:
        data: a whole message, as protobuf wrote it.
        descriptor: its ``DESCRIPTOR``.
    """
    fields: list[tuple[int, bytes, bytes]] = []
    at = 0
    while at < len(data):
        start = at
        tag, at = _varint(data, at)
        number, wire = tag >> 3, tag & 7
        if wire != _LENGTH:
            at = _varint(data, at)[1] if wire == _VARINT else at + _FIXED[wire]
            fields.append((number, b"", data[start:at]))
            continue
        head = data[start:at]
        size, at = _varint(data, at)
        content = data[at : at + size]
        at += size
        kind = getattr(descriptor.fields_by_number.get(number), "message_type", None)
        order = b""
        if kind is not None:
            content = canonical(content, kind)
            if kind.GetOptions().map_entry:
                order = content  # which begins with the key
        fields.append((number, order, head + _as_varint(len(content)) + content))
    fields.sort(key=lambda field: field[:2])  # stable: repeated fields keep their order
    return b"".join(field[2] for field in fields)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if data[at - 1] < 0x80:
            return value, at


def _as_varint(value: int) -> bytes:
    found = bytearray()
    while value >= 0x80:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])
