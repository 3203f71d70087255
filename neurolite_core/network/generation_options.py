"""The options of a generator's answer, without torch."""

from __future__ import annotations

from dataclasses import dataclass

from neurolite_core.ground.checks import require_range


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationOptions:
    """How a generator answers over V entries (``network.heads.EntryHead``).

    Attributes:
        size: numbers D that an entry has in the output matrix, 4 to 4,096; of 10,000 entries each is 10 kB in int8.

    Raises:
        InputError: the size is out of range.
    """

    size: int = 128

    def __post_init__(self) -> None:
        require_range("generation's size", self.size, 4, 4_096)
