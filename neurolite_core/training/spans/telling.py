"""What a person and a program are told of spans: what was read, and how well they are found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from neurolite_core.answer.snapped import SnapReport
from neurolite_core.evaluation.spans.metrics import TypeFigures
from neurolite_core.evaluation.spans.part import SpansPart
from neurolite_core.ground.values import shown
from neurolite_core.training.spans.reading import SpanSources

_SHOWN: Final = 3
_NAMES: Final = 8


def lines_of(found: SpanSources, max_words: int) -> list[str]:
    """What spans there are and what became of them, for people."""
    rows = np.concatenate([found.sources.rows, found.unlabelled])
    parts = {
        "train": (found.train, rows),
        "validation": (found.validation, found.sources.validation.rows),
        "test": (found.reported, found.sources.reported.rows),
    }
    if found.sources.split != "test":
        del parts["test"]
    lines = [f"span types: {len(found.types):,}: {_listed(found.types)}"]
    if len(found.unlabelled):
        lines.append(
            f"texts without a label, of which spans alone are learned: {len(found.unlabelled):,}"
        )
    for name, (tagged, own) in parts.items():
        report = tagged.snapping(own, max_words)
        lines.append(f"{name}: {len(own):,} texts, {report.spans:,} spans{_became(report)}")
        lines += _examples(report)
        if unknown := tagged.types[tagged.known :]:
            lines.append(
                f"  types that are not in training, and count as missed: {_listed(unknown)}"
            )
    return lines


def teacher_line(figures: Mapping[str, Any]) -> str:
    """What a teacher reaches by itself, for people."""
    names = {"span_f1": "span F1"}
    told = ("texts", "seconds", "variants", "answered")
    scores = [
        f"{names.get(name, name.replace('_', ' '))} {_percent(value)}"
        for name, value in figures.items()
        if name not in told
    ]
    return (
        f"teacher: {', '.join(scores)} on the {figures['texts']:,} validation texts; it learned in "
        f"{figures['seconds']:,.0f} s and answered {figures['variants']:,} texts in {figures['answered']:,.0f} s"
    )


def _became(report: SnapReport) -> str:
    counts = {
        "brought onto whole words": report.snapped,
        "lost": report.lost,
        "behind the last word that is read": report.behind,
    }
    return "".join(f", {count:,} {what}" for what, count in counts.items() if count)


def _examples(report: SnapReport) -> list[str]:
    moved = [
        f"  line {one.line}: {one.type} {shown(one.before)} became {shown(one.after)}"
        for one in report.examples[:_SHOWN]
    ]
    lost = [
        f"  line {one.line}: {one.type} {shown(one.before)} is lost: {one.why}"
        for one in report.lost_examples[:_SHOWN]
    ]
    return moved + lost


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:_NAMES]) + (", ..." if len(names) > _NAMES else "")


def span_rows(part: SpansPart, split: str) -> list[tuple[str, str]]:
    """For the summary; names and values."""
    micro = part.micro
    rows = [
        (
            f"span F1, {split}",
            f"{_percent(micro.f1)}: precision {_percent(micro.precision)}, recall {_percent(micro.recall)}",
        ),
        ("all spans right", f"{_percent(part.whole.right)} of the texts"),
    ]
    if part.whole_with_label is not None:
        rows.append(
            ("label and all spans right", f"{_percent(part.whole_with_label.right)} of the texts")
        )
    ranked = sorted(
        (row for row in part.by_type if row.spans), key=lambda row: (row.f1, -row.spans)
    )
    if len(ranked) > 1:
        best, worst = ranked[::-1][:_SHOWN], ranked[:_SHOWN]
        rows += [("best types", _types(best)), ("worst types", _types(worst))]
    refused = [f"{row.type} {row.threshold:.2f}" for row in part.by_type if row.threshold]
    rows.append(("spans' thresholds", _listed(refused) or "none, every span is given"))
    return rows


def span_figures(part: SpansPart) -> dict[str, Any]:
    """For programs."""
    micro, label = part.micro, part.whole_with_label
    return {
        "f1": micro.f1,
        "f1_interval": None if micro.f1_interval is None else list(micro.f1_interval),
        "precision": micro.precision,
        "recall": micro.recall,
        "macro_f1": part.macro_f1,
        "spans": micro.spans,
        "whole": part.whole.right,
        "whole_with_label": None if label is None else label.right,
        "types": {row.type: row.f1 for row in part.by_type},
        "thresholds": {row.type: row.threshold for row in part.by_type if row.threshold},
    }


def _types(rows: Sequence[TypeFigures]) -> str:
    return ", ".join(f"{row.type} {100 * row.f1:.1f}" for row in rows)


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"
