"""What pages show of spans beside a report's own values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

PARTS: Final = "neurolite_core.evaluation.spans"
"""Where the templates lie that pages of reports include."""


def derived_of_part(report: Mapping[str, Any]) -> dict[str, Any]:
    """Spans of mistakes as lines of text; nothing of a report without spans.

    Returns:
        "spans": the part, or None; "span_mistakes": for each of the mistakes text, missed, wrong and right spans;
        "snap_examples": spans that were brought onto words, and those that were lost.
    """
    spans = report.get("spans")
    if spans is None:
        return {"spans": None, "span_mistakes": [], "snap_examples": []}
    snapping = spans["snapping"] or {"examples": [], "lost_examples": []}
    return {
        "spans": spans,
        "span_mistakes": [
            {"text": row["text"]}
            | {name: _joined(row[name]) for name in ("missed", "wrong", "right")}
            for row in spans["mistakes"]
        ],
        "snap_examples": [
            *snapping["examples"],
            *({**row, "after": f"none: {row['why']}"} for row in snapping["lost_examples"]),
        ],
    }


def _joined(spans: Sequence[Mapping[str, Any]]) -> str:
    return (
        ", ".join(
            f"{row['text']} ({row['type']})"
            if row["score"] is None
            else f"{row['text']} ({row['type']} {row['score']:.2f})"
            for row in spans
        )
        or "-"
    )
