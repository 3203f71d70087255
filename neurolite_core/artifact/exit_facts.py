"""What a file says of layers that may answer before the last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from neurolite_core.network.exits_options import FEWEST_LAYERS

_MOST_LAYERS: Final = 4096


@dataclass(frozen=True, slots=True)
class ExitFacts:
    """When each layer answers.

    Attributes:
        layers: D, at least 2; the output ``depth`` is from 1 to D.
        thresholds: of the D - 1 layers before the last, the highest probability above which each answers, 0 to 1; None
            of one that never does.
    """

    layers: int
    thresholds: tuple[float | None, ...]


def is_exit_facts(value: object) -> bool:
    """Whether a value of JSON is the facts of exits, or null of a file without."""
    if value is None:
        return True
    if not isinstance(value, dict) or value.keys() != {item.name for item in fields(ExitFacts)}:
        return False
    layers, thresholds = value["layers"], value["thresholds"]
    if type(layers) is not int or not FEWEST_LAYERS <= layers <= _MOST_LAYERS:
        return False
    if not isinstance(thresholds, list) or len(thresholds) != layers - 1:
        return False
    return all(
        each is None or (type(each) in (int, float) and 0 <= each <= 1) for each in thresholds
    )


def exit_facts_of(value: Mapping[str, Any] | None) -> ExitFacts | None:
    """From JSON that ``is_exit_facts``."""
    if value is None:
        return None
    return ExitFacts(value["layers"], tuple(value["thresholds"]))
