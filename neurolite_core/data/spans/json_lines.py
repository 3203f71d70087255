"""JSON lines whose key ``spans`` has the spans of the text: ``[[11, 16, "time"]]``, in characters."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Final

from neurolite_core.answer.character_spans import TypedSpan
from neurolite_core.data.rows import Source
from neurolite_core.data.spans.checks import problem_of
from neurolite_core.data.spans.rows import SpanRow
from neurolite_core.ground.values import shown
from neurolite_core.text.lines import BadRows

SPANS: Final = "spans"
_PARTS: Final = ("start", "end", "type")
_FIX: Final = 'give [[start, end, "type"], ...] in characters of the text, [] for none'


def read_json_spans(
    source: Source, bad: BadRows, *, known: Collection[str] | None
) -> Iterator[SpanRow]:
    """Rows of JSON lines, whose texts and labels are read as ever.

    A span is ``[start, end, "type"]`` or ``{"start": ..., "end": ..., "type": ...}``: the first character and the one
    behind the last, counted as Python does, a character above U+FFFF once.

    Args:
        source: of the file.
        bad: takes rows that cannot be used.
        known: types that there may be; None for any.

    Raises:
        InputError: an unreadable file, or from ``bad``.
    """
    for row, values in source.records(bad):
        given = values.get(SPANS) if isinstance(values, dict) else None
        spans, problem = _spans(given)
        problem = problem or problem_of(row.text, spans, known)
        if problem:
            bad.add(row.line, problem)
        else:
            yield SpanRow(row.text, tuple(spans), row.labels, row.line)


def _spans(given: object) -> tuple[list[TypedSpan], str | None]:
    if not isinstance(given, list):
        found = "missing" if given is None else shown(given)
        return [], f"{shown(SPANS)} is {found}; {_FIX}"
    spans = []
    for value in given:
        span = _span(value)
        if span is None:
            return [], f"{shown(value)} is no span; {_FIX}"
        spans.append(span)
    return sorted(spans), None


def _span(value: Any) -> TypedSpan | None:  # noqa: ANN401  # of JSON
    if isinstance(value, dict) and all(part in value for part in _PARTS):
        value = [value[part] for part in _PARTS]
    if not isinstance(value, list) or len(value) != len(_PARTS):
        return None
    start, end, name = value
    # A truth value is an int to Python, and 3.0 is one to JavaScript: neither is a place.
    if type(start) is not int or type(end) is not int or not isinstance(name, str):
        return None
    return TypedSpan(start, end, name)
