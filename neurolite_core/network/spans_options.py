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
        width: channels of the head, 4 to 4,096.
        layers: how often each word is joined with its neighbours, 0 to 8: so many words away is what it sees of the
            text on either side besides what the backbone shows it.

    Raises:
        InputError: a value is not allowed; the message names it.
    """

    types: tuple[str, ...]
    width: int = 96
    layers: int = 2

    def __post_init__(self) -> None:
        object.__setattr__(self, "types", check_types(self.types))  # a list of JSON's
        require_range("spans' width", self.width, 4, 4_096)
        require_range("spans' layers", self.layers, 0, 8)
