"""Damage to bytes, of one seed: flips, cuts, insertions and the rest of what disks, copies and editors do."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

_ENDS: Final = 4096  # bytes, where headers and seals are
_LONGEST: Final = 4096


def _place(data: bytes, rng: random.Random) -> int:
    """Anywhere in a half of the attempts, else near the beginning or the end."""
    size = len(data)
    if rng.random() < 0.5:
        return rng.randrange(size)
    near = rng.randrange(min(_ENDS, size))
    return near if rng.random() < 0.5 else size - 1 - near


def _length(rng: random.Random) -> int:
    return int(rng.choice((1, 2, 4, 8, 64, 512, _LONGEST)))


def flip(data: bytes, rng: random.Random) -> bytes:
    """One bit."""
    at = _place(data, rng)
    return data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]


def flips(data: bytes, rng: random.Random) -> bytes:
    """Up to 16 bits."""
    for _ in range(rng.randint(2, 16)):
        data = flip(data, rng)
    return data


def other_byte(data: bytes, rng: random.Random) -> bytes:
    """A byte that is another one, often one that ends or extends a number."""
    at = _place(data, rng)
    return (
        data[:at] + bytes([rng.choice((0, 1, 127, 128, 255, rng.randrange(256)))]) + data[at + 1 :]
    )


def zeros(data: bytes, rng: random.Random) -> bytes:
    """A part that was never written."""
    at, length = _place(data, rng), _length(rng)
    part = len(data[at : at + length])
    return data[:at] + bytes(part) + data[at + part :]


def noise(data: bytes, rng: random.Random) -> bytes:
    """A part of another file."""
    at, length = _place(data, rng), _length(rng)
    part = len(data[at : at + length])
    return data[:at] + rng.randbytes(part) + data[at + part :]


def cut_off(data: bytes, rng: random.Random) -> bytes:
    """A download that ended; sometimes before it began."""
    return data[: rng.choice((0, 1, _place(data, rng), len(data) - 1))]


def cut_out(data: bytes, rng: random.Random) -> bytes:
    """A part that is lost."""
    at = _place(data, rng)
    return data[:at] + data[at + _length(rng) :]


def inserted(data: bytes, rng: random.Random) -> bytes:
    """Bytes too many."""
    at, length = _place(data, rng), _length(rng)
    more = rng.choice((bytes(length), rng.randbytes(length), b"\n" * length, b"\xff" * length))
    return data[:at] + more + data[at:]


def appended(data: bytes, rng: random.Random) -> bytes:
    """Bytes behind the end."""
    length = _length(rng)
    return data + rng.choice((bytes(length), rng.randbytes(length), b"\n", data[:length]))


def twice(data: bytes, rng: random.Random) -> bytes:
    """A part that was written again behind itself."""
    at = _place(data, rng)
    part = data[at : at + _length(rng)]
    return data[: at + len(part)] + part + data[at + len(part) :]


def swapped(data: bytes, rng: random.Random) -> bytes:
    """Two parts in each other's place."""
    if len(data) < 2:
        return data
    length = min(_length(rng), max(1, len(data) // 4))
    first, second = sorted(
        (rng.randrange(len(data) // 2), rng.randrange(len(data) // 2, len(data)))
    )
    second = max(second, first + length)
    a, b = data[first : first + length], data[second : second + length]
    return data[:first] + b + data[first + length : second] + a + data[second + length :]


CHANGES: Final[tuple[Callable[[bytes, random.Random], bytes], ...]] = (
    flip, flips, other_byte, zeros, noise, cut_off, cut_out, inserted, appended, twice, swapped,
)  # fmt: skip


def damaged(data: bytes, rng: random.Random) -> tuple[bytes, str]:
    """A changed copy, which may by chance be equal, and what was done to it."""
    change = rng.choice(CHANGES)
    return change(data, rng), change.__name__.replace("_", " ")
