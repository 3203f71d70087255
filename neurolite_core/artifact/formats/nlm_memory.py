"""A memory in a .nlm: docs/c-arithmetic.md, "Memory"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from neurolite_core.artifact.formats.nlm_modules import Sizes
from neurolite_core.artifact.formats.nlm_shape import NlmShape, PartRow

MEMORY_KIND: Final = 76  # of the part of sizes
MOST_JOINED: Final = 2**13  # inputs of a product of int16 with int8, whose sums then stay in int32


@dataclass(frozen=True, slots=True, kw_only=True)
class MemorySizes(Sizes):
    """Sizes of the levels of a memory; letters as on the page.

    Attributes:
        working: W, texts of working memory.
        working_reads: of it.
        slots: S, of long-term memory.
        slot_reads: of it.
        patterns: P, of persistent memory.
        key_size: K.
        hidden: of the layer in which text and reads meet.
        steps: updates of one retrieval.
    """

    LIMITS: ClassVar = {
        "working": (0, 2**10),
        "working_reads": (0, 64),
        "slots": (0, 2**12),
        "slot_reads": (0, 64),
        "patterns": (0, 2**13),
        "key_size": (1, 2**10),
        "hidden": (1, MOST_JOINED),
        "steps": (1, 16),
    }
    working: int
    working_reads: int
    slots: int
    slot_reads: int
    patterns: int
    key_size: int
    hidden: int
    steps: int

    @property
    def reads(self) -> int:
        """R, of all levels."""
        return self.working_reads + self.slot_reads + (self.patterns > 0)

    def state_numbers(self, shape: NlmShape) -> int:
        """float32 numbers of a conversation's state."""
        return (self.working + self.slots) * shape.text_size + self.working + 2 * self.slots

    def fits(self, shape: NlmShape) -> bool:
        """Whether the numbers go together."""
        return (
            (self.working > 0) == (self.working_reads > 0)
            and (self.slots > 0) == (self.slot_reads > 0)
            and self.reads > 0
            and (1 + self.reads) * shape.text_size <= MOST_JOINED
            and max(self.working_reads, self.slot_reads) * self.key_size <= MOST_JOINED
        )

    def parts(self, shape: NlmShape) -> Iterator[PartRow]:
        """All parts; those of a level that is not there have no bytes."""
        d, k = shape.text_size, self.key_size
        kind = MEMORY_KIND + 1
        for name, dims, dtype in (
            ("numbers", (3,), np.float32),
            *_layer("gates", self.reads, d),
            *_layer("join", self.hidden, (1 + self.reads) * d),
            *_layer("add", d, self.hidden),
            ("gain", (d,), np.float32),
            ("offset", (d,), np.float32),
            *_retrieval("working", self.working_reads, k, d),
            ("working_ages", (self.working_reads, self.working), np.float32),
            *_retrieval("slot", self.slot_reads, k, d),
            ("slot_numbers", (2 * (self.slots > 0),), np.float32),
            ("slot_ties", (self.slots,), np.float32),
            *_layer("pattern_query", k * (self.patterns > 0), d),
            ("pattern_beta", (int(self.patterns > 0),), np.float32),
            ("pattern_keys", (self.patterns, k), np.float32),
            ("pattern_values", (self.patterns, d), np.int8),
            ("pattern_scales", (self.patterns,), np.float32),
        ):
            yield PartRow(kind, f"memory_{name}", 0, dtype, dims)
            kind += 1


_Row = tuple[str, tuple[int, ...], type[np.number]]


def _layer(name: str, outputs: int, inputs: int) -> Iterator[_Row]:
    yield f"{name}_matrix", (outputs, inputs if outputs else 0), np.int8
    yield f"{name}_scale", (outputs,), np.float32
    yield f"{name}_bias", (outputs,), np.float32


def _retrieval(name: str, reads: int, key_size: int, size: int) -> Iterator[_Row]:
    yield from _layer(f"{name}_queries", reads * key_size, size)
    yield from _layer(f"{name}_keys", key_size if reads else 0, size)
    yield f"{name}_beta", (reads,), np.float32
