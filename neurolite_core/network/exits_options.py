"""The options of exits, without torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from neurolite_core.ground.errors import InputError
from neurolite_core.ground.values import shown

DEPTH: Final = "depth"  # int32 [N], of every graph with exits: the layer that answered, from 1
FEWEST_LAYERS: Final = 2
_MOST_WEIGHT: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitsOptions:
    """A classifier behind each layer of the backbone, of which the first that is sure answers.

    Attributes:
        weight: of the loss of all layers but the last, in the mean, against the last one's, above 0, up to 100.

    Raises:
        InputError: a value is not allowed; the message names it.
    """

    weight: float = 0.5

    def __post_init__(self) -> None:
        number = isinstance(self.weight, int | float) and not isinstance(self.weight, bool)
        if not number or not 0 < self.weight <= _MOST_WEIGHT:
            raise InputError(
                f"exits' weight is {shown(self.weight)}; give a number above 0, up to {_MOST_WEIGHT}."
            )


def check_exits(*, layers: int, parts: dict[str, object]) -> None:
    """Raises where a config with exits cannot have them.

    Args:
        layers: of its backbone.
        parts: of the network, by name; None where it has not got one.

    Raises:
        InputError: the backbone has too few layers, or there is a part that takes the last layer's words or its own
            decisions.
    """
    if layers < FEWEST_LAYERS:
        raise InputError(
            f"The config has exits, and its backbone {layers} layer; an exit stands before the last of {FEWEST_LAYERS} or "
            "more. Give more layers (num_layers), or leave exits out."
        )
    own = [name for name, part in parts.items() if part is not None]
    if own:
        raise InputError(
            f"The config has {own[0]} and exits; only a classifier of single texts answers before its last layer. Leave "
            "one of them out."
        )
