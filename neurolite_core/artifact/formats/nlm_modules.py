"""Modules that a .nlm may have beside its network: each says its own sizes in a part, and which parts these give."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import ClassVar, Final, Self

from neurolite_core.artifact.formats.nlm_shape import NlmShape, PartRow, damaged

NUMBERS: Final = 32  # int32 of every part of sizes


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Base of the modules' sizes: a dataclass of whole numbers, in the order of the part."""

    LIMITS: ClassVar[Mapping[str, tuple[int, int]]]

    def to_bytes(self) -> bytes:
        """The content of the part: int32 [32]."""
        values = tuple(asdict(self).values())
        return struct.pack(f"<{NUMBERS}i", *values, *(0,) * (NUMBERS - len(values)))

    @classmethod
    def from_bytes(cls, content: bytes | memoryview, shape: NlmShape, source: str) -> Self:
        """Reads a part that may come from anywhere.

        Raises:
            ArtifactError: it is none that a file of this shape may have.
        """
        if len(content) != 4 * NUMBERS:
            raise damaged(source)
        values = struct.unpack(f"<{NUMBERS}i", content)
        names = [field.name for field in fields(cls)]
        found = dict(zip(names, values, strict=False))
        inside = all(low <= found[name] <= high for name, (low, high) in cls.LIMITS.items())
        if any(values[len(names) :]) or not inside:
            raise damaged(source)
        sizes = cls(**found)
        if not sizes.fits(shape):
            raise damaged(source)
        return sizes

    def fits(self, shape: NlmShape) -> bool:
        """Whether the numbers go together, and with the network's."""
        raise NotImplementedError

    def parts(self, shape: NlmShape) -> Iterator[PartRow]:
        """The parts of numbers behind that of the sizes, in their order; those of no bytes are not in a file."""
        raise NotImplementedError
