"""The seal of an artifact: a SHA-256 of itself that it carries, in hex, at a place where its format has room.

A seal says that a file is whole, not that it is friendly: whoever makes a file can seal it.
"""

from __future__ import annotations

import hashlib
from enum import Enum
from typing import Final

from neurolite_core.artifact.formats.protobuf import Bytes

SEAL_KEY: Final = "neurolite.sha256"


class Seal(Enum):
    """What a content's seal says of it."""

    WHOLE = "as it was exported"
    BROKEN = "damaged, or changed since it was exported"
    MISSING = "not exported by neurolite-export, or cut short"


BLANK: Final = "0" * 64  # stands in the seal's place while the digest is taken


def digest_around(content: Bytes, place: range) -> str:
    """SHA-256, hex, of a content in which ``BLANK`` stands at ``place``."""
    view = memoryview(content)
    digest = hashlib.sha256(view[: place.start])
    digest.update(BLANK.encode())
    digest.update(view[place.stop :])
    return digest.hexdigest()


def digest_with_zeros(content: Bytes, place: range) -> bytes:
    """SHA-256 of a content in which zeros stand at ``place``, where a binary format keeps it."""
    view = memoryview(content)
    digest = hashlib.sha256(view[: place.start])
    digest.update(bytes(len(place)))
    digest.update(view[place.stop :])
    return digest.digest()


def sealed(content: bytes, place: range) -> bytes:
    """The content with its digest at ``place``, which has room for exactly that."""
    return content[: place.start] + digest_around(content, place).encode() + content[place.stop :]


def is_whole(content: Bytes, place: range | None) -> bool:
    """Whether what stands at ``place`` is the content's digest; not where there is no place."""
    if place is None or len(place) != len(BLANK):
        return False
    return bytes(content[place.start : place.stop]) == digest_around(content, place).encode()
