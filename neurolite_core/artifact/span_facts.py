"""What a file says of the spans that it finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from neurolite_core.answer.spans import check_types, num_tags
from neurolite_core.ground.errors import InputError


@dataclass(frozen=True, slots=True)
class SpanFacts:
    """The types of spans, in the order of the output ``tags``.

    Attributes:
        types: their names; ``answer.spans.tag_names`` has the names of their tags.
        thresholds: of each type, a span whose score is below it is not given: 0 to 1, 0 gives every span.
    """

    types: tuple[str, ...]
    thresholds: tuple[float, ...]

    @property
    def num_tags(self) -> int:
        """T, of the output ``tags`` [N, L, T]."""
        return num_tags(len(self.types))


def is_span_facts(value: object) -> bool:
    """Whether a value of JSON is the facts of spans, or null of a file that finds none."""
    if value is None:
        return True
    if not isinstance(value, dict) or value.keys() != {item.name for item in fields(SpanFacts)}:
        return False
    types, thresholds = value["types"], value["thresholds"]
    if not isinstance(types, list) or not is_thresholds(thresholds, len(types)):
        return False
    try:
        check_types(types)
    except InputError:
        return False
    return True


def is_thresholds(value: object, num_types: int) -> bool:
    """Whether a value of JSON is one threshold for each type."""
    if not isinstance(value, list) or len(value) != num_types:
        return False
    return all(type(each) in (int, float) and 0 <= each <= 1 for each in value)


def span_facts_of(value: Mapping[str, Any] | None) -> SpanFacts | None:
    """From JSON that ``is_span_facts``."""
    if value is None:
        return None
    return SpanFacts(tuple(value["types"]), tuple(map(float, value["thresholds"])))
