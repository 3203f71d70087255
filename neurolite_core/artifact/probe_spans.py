"""The spans of a checkpoint's probes, as its rows hold them: untrusted."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from neurolite_core.answer.character_spans import TypedSpan
from neurolite_core.ground.errors import InputError

FIELD: Final = "spans"
GivenSpan = tuple[int, int, str]


def with_spans(
    rows: Sequence[dict[str, Any]],
    spans: Sequence[Sequence[GivenSpan] | None],
    types: Collection[str],
) -> list[dict[str, Any]]:
    """Rows of JSON with the spans of their texts.

    Args:
        rows: of N probes, each with its ``text``.
        spans: of each probe (start, end, type) in characters, in the order of the text, or None where they are not
            known; none at all where no probe has some.
        types: of the model.

    Raises:
        InputError: not as many as probes, or spans that cannot be.
    """
    if not spans:
        return list(rows)
    if len(spans) != len(rows):
        raise InputError(f"There are spans of {len(spans):,} texts for {len(rows):,} probes.")
    found = [
        row if own is None else row | {FIELD: [[int(a), int(b), kind] for a, b, kind in own]}
        for row, own in zip(rows, spans, strict=True)
    ]
    read_spans(found, types)
    return found


def read_spans(
    rows: Sequence[Mapping[str, Any]], types: Collection[str]
) -> tuple[tuple[TypedSpan, ...] | None, ...]:
    """The spans of each probe, None where they are not known; empty where they are of none.

    Args:
        rows: from JSON, each with its ``text``, a string.
        types: of the model.

    Raises:
        InputError: spans that cannot be.
    """
    found = tuple(None if row.get(FIELD) is None else _read(row, types) for row in rows)
    return () if all(own is None for own in found) else found


def _read(row: Mapping[str, Any], types: Collection[str]) -> tuple[TypedSpan, ...]:
    values, size = row[FIELD], len(row["text"])
    behind, found = 0, []
    for value in values if isinstance(values, list) else [None]:
        if not isinstance(value, list) or [type(part) for part in value] != [int, int, str]:
            raise InputError(
                f"Spans of the probe {row['text'][:80]!r} are not start, end and type."
            )
        start, end, kind = value
        if not behind <= start < end <= size or kind not in types:
            raise InputError(
                f"The span {start} to {end} of the probe {row['text'][:80]!r} cannot be: its type is none of the "
                "model's, or it is not in the text behind the span before it."
            )
        behind = end
        found.append(TypedSpan(start, end, kind))
    return tuple(found)
