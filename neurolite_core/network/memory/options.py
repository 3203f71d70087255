"""The memory's options, without torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from neurolite_core.ground.checks import require_range
from neurolite_core.ground.errors import InputError

MOST_TEXTS: Final = 1_024
MOST_SLOTS: Final = 4_096
MOST_PATTERNS: Final = 8_192


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryOptions:
    """What a network remembers, in three levels; a level of size 0 is not there.

    Attributes:
        working: W, the last texts that working memory keeps in their order, first in first out, 0 to 1,024.
        working_heads: reads of working memory for each text, 1 to 64; each learns of what age and what kind.
        long_term: S, slots of long-term memory, 0 to 4,096.
        long_term_heads: reads of it for each text, 1 to 64.
        persistent: P, patterns that are learned and never change, 0 to 8,192.
        key_size: components of the keys by which patterns are found, 1 to 1,024.
        hidden: width of the layer in which text and reads meet, 1 to 8,192.
        steps: updates of one retrieval, 1 to 16.

    Raises:
        InputError: a value is out of its range, or no level is left; the message names it.
    """

    working: int = 16
    working_heads: int = 8
    long_term: int = 32
    long_term_heads: int = 2
    persistent: int = 32
    key_size: int = 32
    hidden: int = 192
    steps: int = 1

    def __post_init__(self) -> None:
        require_range("memory's working", self.working, 0, MOST_TEXTS)
        require_range("memory's working_heads", self.working_heads, 1, 64)
        require_range("memory's long_term", self.long_term, 0, MOST_SLOTS)
        require_range("memory's long_term_heads", self.long_term_heads, 1, 64)
        require_range("memory's persistent", self.persistent, 0, MOST_PATTERNS)
        require_range("memory's key_size", self.key_size, 1, 1024)
        require_range("memory's hidden", self.hidden, 1, 8192)
        require_range("memory's steps", self.steps, 1, 16)
        if not self.working and not self.long_term and not self.persistent:
            raise InputError(
                "memory has no level: working, long_term and persistent are all 0. Give one of them, or memory None."
            )
