"""What ``neurolite-eval`` prints of spans: the figures, every type, and texts whose spans were not found exactly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.text import Text

from neurolite_core.evaluation.spans.comparison import SpansComparison
from neurolite_core.evaluation.spans.part import ShownSpan, SpansPart
from neurolite_core.evaluation.spans.report import SpansReport
from neurolite_core.text.markdown import one_line
from neurolite_runtimes.eval_showing import (
    facts_table,
    percent_of,
    plain_text,
    rows_table,
    rows_title,
)

_TEXT: Final = 80


def show_spans_report(
    report: SpansReport, name: str, console: Console, *, limit: int | None
) -> None:
    """Prints the report of a model of spans alone; arguments as of ``show_evaluation``."""
    title = f"{one_line(name)}, {report.texts:,} texts"
    console.print(title, style="bold", markup=False, highlight=False)
    show_spans(report.spans, console, limit=limit)


def show_spans(part: SpansPart, console: Console, *, limit: int | None) -> None:
    """Prints what was measured of spans.

    Args:
        part: of a report.
        console: where to.
        limit: types and texts; None for all.
    """
    facts = facts_table()
    for title, value in (*_facts(part), *_beside(part.against)):
        facts.add_row(title, Text(value))
    console.print(facts, highlight=False)
    _show_types(part, console, limit)
    _show_mistakes(part, console, limit)
    if part.snapping is None or not part.snapping.snapped + part.snapping.lost:
        return
    table = rows_table("spans that were not whole words", "line", "type", "given", "read as")
    for moved in part.snapping.examples[:limit]:
        cells = (moved.type, moved.before, moved.after)
        table.add_row(f"{moved.line:,}", *map(plain_text, cells))
    for gone in part.snapping.lost_examples[:limit]:
        cells = (gone.type, gone.before, f"nothing: {gone.why}")
        table.add_row(f"{gone.line:,}", *map(plain_text, cells))
    console.print(table, highlight=False)


def _facts(part: SpansPart) -> list[tuple[str, str]]:
    micro = part.micro
    interval = micro.f1_interval
    bounds = "" if interval is None else f"  ({interval[0]:.4f} to {interval[1]:.4f})"
    facts = [
        ("span F1", f"{micro.f1:.4f}{bounds}"),
        ("precision, recall", f"{micro.precision:.4f}, {micro.recall:.4f}"),
        ("macro-F1 of spans", f"{part.macro_f1:.4f}"),
        ("spans", f"{micro.spans:,}, found {micro.found:,}, of these right {micro.right:,}"),
        ("types", f"{len(part.types):,}"),
        ("all spans right", percent_of(part.whole.right, part.whole.right_interval)),
    ]
    both = part.whole_with_label
    if both is not None:
        facts.append(("and the label", percent_of(both.right, both.right_interval)))
    found = part.snapping
    if found is not None:
        facts.append(
            (
                "on whole words",
                f"{found.exact:,} of {found.spans:,}; {found.snapped:,} brought onto some, {found.lost:,} of none: missed",
            )
        )
        if found.behind:
            facts.append(("behind the last word read", f"{found.behind:,} spans"))
    return facts


def _beside(found: SpansComparison | None) -> list[tuple[str, str]]:
    if found is None:
        return []
    low, high = found.difference_interval
    return [
        ("beside", one_line(found.name)),
        ("its span F1", f"{found.f1:.4f}"),
        (
            "difference",
            f"{100 * found.difference:+.2f} points ({100 * low:+.2f} to {100 * high:+.2f})",
        ),
        ("all spans right, only this", f"{found.only_this_right:,} texts"),
        ("only the other", f"{found.only_other_right:,} texts"),
        ("p (McNemar, exact)", f"{found.p_value:.3g}"),
        ("same spans", f"{found.same_spans:,} texts"),
    ]


def _show_types(part: SpansPart, console: Console, limit: int | None) -> None:
    """Those with the lowest F1 first."""
    occurring = [row for row in part.by_type if row.spans or row.found]
    ranked = sorted(occurring, key=lambda row: (row.f1, -row.spans))
    table = rows_table(rows_title("types of spans", len(ranked), limit, "lowest F1"), "type")
    for name in ("precision", "recall", "(95 %)", "F1", "spans", "found", "from score"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in ranked[:limit]:
        low, high = row.recall_interval or (None, None)
        table.add_row(
            plain_text(row.type),
            f"{row.precision:.3f}",
            f"{row.recall:.3f}",
            "-" if low is None else f"{low:.2f}-{high:.2f}",
            f"{row.f1:.3f}",
            f"{row.spans:,}",
            f"{row.found:,}",
            f"{row.threshold:.2f}",
        )
    console.print(table, highlight=False)


def _show_mistakes(part: SpansPart, console: Console, limit: int | None) -> None:
    if not part.mistakes:
        return
    title = rows_title("texts with wrong spans", part.mistakes_total, limit, "surest wrong spans")
    table = rows_table(title, "missed", "wrong", "text")
    for row in part.mistakes[:limit]:
        cells = (_joined(row.missed), _joined(row.wrong), row.text[:_TEXT])
        table.add_row(*map(plain_text, cells))
    console.print(table, highlight=False)


def _joined(spans: Sequence[ShownSpan]) -> str:
    return ", ".join(
        f"{span.text} ({span.type}{'' if span.score is None else f' {span.score:.2f}'})"
        for span in spans
    )
