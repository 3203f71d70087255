"""The records of a store (.nls), to bytes and back; docs/learning.md has the format byte by byte.

A record is ``length, kind, crc32 of these 8 bytes`` (uint32 each), the payload, and the payload's crc32. All numbers
are little-endian. CRC-32 (ISO 3309, as zlib has it) finds what a crash tears; it is no protection from a forger.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from neurolite_core.answer.labels import MAX_LABEL_LENGTH
from neurolite_core.text.words import MAX_BYTES

PREFIX: Final = struct.Struct("<III")
SUM: Final = struct.Struct("<I")
HALF: Final = np.dtype("<f2")
NUMBER: Final = np.dtype("<f4")

MAX_DIMENSION: Final = 4_096
MAX_LABELS: Final = 10_000
MAX_ID: Final = 2**31 - 1
MAX_EXAMPLES: Final = 1_000_000  # of one file, those that are gone too
MAX_USES: Final = 64
MAX_WEIGHTS: Final = 2**24  # numbers in one record
MAX_PAYLOAD: Final = 4 * MAX_WEIGHTS + 8 * MAX_LABELS + 4
NO_LABEL: Final = 2**32 - 1

_TWO: Final = struct.Struct("<II")
_EXAMPLE: Final = struct.Struct("<IIIfI")
_USE: Final = struct.Struct("<If")
_LENGTH_SLACK: Final = 0.01  # of a unit vector in float16


class MalformedError(ValueError):
    """A payload that no writer of this format makes; the message says what is wrong, for a reader to complete."""


@dataclass(frozen=True, slots=True)
class NewLabel:
    """A label gets a number, which is never given again in this file."""

    number: int
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """A stored text.

    Attributes:
        id: larger than all before it in the file.
        label: its number.
        clock: the event at which the strength was this.
        strength: from 0 to 1.
        vector: float16 [D], of length 1.
        text: its bytes, empty in a store without texts.
    """

    id: int
    label: int
    clock: int
    strength: float
    vector: NDArray[np.float16]
    text: bytes


@dataclass(frozen=True, slots=True)
class Removal:
    """An example is gone."""

    id: int


@dataclass(frozen=True, slots=True)
class Relabel:
    """An example has another label."""

    id: int
    label: int


@dataclass(frozen=True, slots=True)
class Use:
    """Examples were of use, or misled: ids with rewards from -1 to 1."""

    rewards: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class Merge:
    """A label's examples have another label from here on, and the label is gone."""

    source: int
    into: int


@dataclass(frozen=True, slots=True)
class Forget:
    """A label is gone with all its examples."""

    label: int


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """Logistic regression on the examples as they are here: logits = vector @ weights + bias.

    Attributes:
        labels: L numbers.
        weights: float32 [D, L].
        bias: float32 [L].
    """

    labels: tuple[int, ...]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Correction:
    """A stored example was answered with another label than it has, or with none (``NO_LABEL``)."""

    id: int
    answered: int


Record = NewLabel | Example | Removal | Relabel | Use | Merge | Forget | Weights | Correction


def encode(record: Record) -> bytes:
    """A record as it stands in the file."""
    kind, payload = _PAYLOADS[type(record)](record)
    head = _TWO.pack(len(payload), kind)
    return head + SUM.pack(crc32(head)) + payload + SUM.pack(crc32(payload))


def decode(kind: int, payload: bytes, dimension: int) -> Record:
    """A record of a payload whose checksum was right.

    Raises:
        MalformedError: it cannot be what its kind says, or the kind is not known.
    """
    if kind not in _READERS:
        raise MalformedError(f"a record of the kind {kind}, which this version does not know")
    try:
        return _READERS[kind](payload, dimension)
    except (struct.error, UnicodeDecodeError) as error:
        raise MalformedError(f"a record of the kind {kind} that is cut short or no text") from error


def check_name(name: str) -> str | None:
    """Why a label cannot be called that; None where it can."""
    if not 0 < len(name) <= MAX_LABEL_LENGTH:
        return f"it must have 1 to {MAX_LABEL_LENGTH} characters"
    if any("\ud800" <= letter <= "\udfff" for letter in name):
        return "it has half a character (a lone surrogate)"
    return None


def _label(record: NewLabel) -> tuple[int, bytes]:
    return 1, SUM.pack(record.number) + record.name.encode()


def _read_label(payload: bytes, _: int) -> NewLabel:
    (number,) = SUM.unpack_from(payload)
    name = payload[SUM.size :].decode()
    if number >= MAX_LABELS or check_name(name):
        raise MalformedError("a label whose number or name cannot be")
    return NewLabel(number, name)


def _example(record: Example) -> tuple[int, bytes]:
    head = _EXAMPLE.pack(record.id, record.label, record.clock, record.strength, len(record.text))
    return 2, head + record.vector.astype(HALF).tobytes() + record.text


def _read_example(payload: bytes, dimension: int) -> Example:
    number, label, clock, strength, size = _EXAMPLE.unpack_from(payload)
    start = _EXAMPLE.size + dimension * HALF.itemsize
    if len(payload) != start + size or size > MAX_BYTES:
        raise MalformedError("an example whose length is not that of its vector and text")
    vector = np.frombuffer(payload, HALF, dimension, _EXAMPLE.size)
    exact = vector.astype(np.float64)
    length = math.sqrt(float(exact @ exact))
    if not abs(length - 1) <= _LENGTH_SLACK:  # nor of what is not a number
        raise MalformedError("an example whose vector is not of length 1")
    if not 0 < number <= MAX_ID or not 0 <= strength <= 1:
        raise MalformedError("an example whose id or strength is out of range")
    return Example(number, label, clock, strength, vector, payload[start:])


def _read_pair(payload: bytes) -> tuple[int, int]:
    if len(payload) != _TWO.size:
        raise MalformedError("a record of the wrong length")
    first, second = _TWO.unpack(payload)
    return first, second


def _read_one(payload: bytes) -> int:
    if len(payload) != SUM.size:
        raise MalformedError("a record of the wrong length")
    return int(SUM.unpack(payload)[0])


def _use(record: Use) -> tuple[int, bytes]:
    pairs = b"".join(_USE.pack(number, reward) for number, reward in record.rewards)
    return 5, SUM.pack(len(record.rewards)) + pairs


def _read_use(payload: bytes, _: int) -> Use:
    (count,) = SUM.unpack_from(payload)
    if count > MAX_USES or len(payload) != SUM.size + count * _USE.size:
        raise MalformedError("uses whose number is not that of their record")
    pairs = tuple(_USE.unpack_from(payload, SUM.size + row * _USE.size) for row in range(count))
    if not all(-1 <= reward <= 1 for _, reward in pairs):
        raise MalformedError("a reward that is not from -1 to 1")
    return Use(pairs)


def _weights(record: Weights) -> tuple[int, bytes]:
    numbers = struct.pack(f"<{len(record.labels) + 1}I", len(record.labels), *record.labels)
    return 8, b"".join(
        (numbers, record.weights.astype(NUMBER).tobytes(), record.bias.astype(NUMBER).tobytes())
    )


def _read_weights(payload: bytes, dimension: int) -> Weights:
    (count,) = SUM.unpack_from(payload)
    numbers = (dimension + 1) * count
    start = SUM.size * (count + 1)
    if not 2 <= count <= MAX_LABELS or len(payload) != start + NUMBER.itemsize * numbers:
        raise MalformedError("weights whose number is not that of their record")
    labels = struct.unpack_from(f"<{count}I", payload, SUM.size)
    values = np.frombuffer(payload, NUMBER, numbers, start).astype(np.float32)
    if not np.isfinite(values).all() or len(set(labels)) < count:
        raise MalformedError("weights that are not finite, or of one label twice")
    split = dimension * count
    return Weights(labels, values[:split].reshape(dimension, count), values[split:])


_PAYLOADS: Final[Mapping[type, Callable[..., tuple[int, bytes]]]] = MappingProxyType(
    {
        NewLabel: _label,
        Example: _example,
        Removal: lambda item: (3, SUM.pack(item.id)),
        Relabel: lambda item: (4, _TWO.pack(item.id, item.label)),
        Use: _use,
        Merge: lambda item: (6, _TWO.pack(item.source, item.into)),
        Forget: lambda item: (7, SUM.pack(item.label)),
        Weights: _weights,
        Correction: lambda item: (9, _TWO.pack(item.id, item.answered)),
    }
)
_READERS: Final[Mapping[int, Callable[[bytes, int], Record]]] = MappingProxyType(
    {
        1: _read_label,
        2: _read_example,
        3: lambda payload, _: Removal(_read_one(payload)),
        4: lambda payload, _: Relabel(*_read_pair(payload)),
        5: _read_use,
        6: lambda payload, _: Merge(*_read_pair(payload)),
        7: lambda payload, _: Forget(_read_one(payload)),
        8: _read_weights,
        9: lambda payload, _: Correction(*_read_pair(payload)),
    }
)
