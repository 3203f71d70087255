"""The options of a head over words, without torch."""

from __future__ import annotations

from dataclasses import dataclass

from neurolite_core.answer.spans import check_types
from neurolite_core.ground.checks import require_range


@dataclass(frozen=True, slots=True, kw_only=True)
class SpansOptions:
    """Which spans a network finds, and how its head over words is built (``network.spans``).

    Attributes:
        types: names of the spans' types, in the order of their tags.
        width: channels between the two layers of the head, 4 to 4,096.
        window: words on each side that the head joins with a word, 0 to 8; of others it knows what the backbone
            tells.

    Raises:
        InputError: a value is not allowed; the message names it.
    """

    types: tuple[str, ...]
    width: int = 96
    window: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "types", check_types(self.types))  # a list of JSON's
        require_range("spans' width", self.width, 4, 4_096)
        require_range("spans' window", self.window, 0, 8)
