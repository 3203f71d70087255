"""What ``neurolite-eval`` prints of a model of several labels a text: the figures, every label, and wrong sets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from rich.console import Console
from rich.text import Text

from neurolite_core.answer.tasks import CLASSIFICATION, MULTI_LABEL, SPANS
from neurolite_core.evaluation.bootstrap import FEWEST_OF_A_KIND, FEWEST_TEXTS
from neurolite_core.evaluation.intervals import Interval
from neurolite_core.evaluation.multi_label.comparison import SetsComparison
from neurolite_core.evaluation.multi_label.report import MultiLabelReport, ScoredLabel
from neurolite_core.evaluation.report_files import WrittenReport
from neurolite_core.evaluation.spans.report import SpansReport
from neurolite_core.text.markdown import one_line
from neurolite_runtimes.eval_showing import (
    facts_table,
    paired_facts,
    percent_of,
    plain_text,
    rows_table,
    rows_title,
    show_evaluation,
)
from neurolite_runtimes.eval_spans_showing import show_spans, show_spans_report

_TEXT: Final = 80


def show_several(
    report: MultiLabelReport, name: str, console: Console, *, limit: int | None
) -> None:
    """Prints a report.

    Args:
        report: what was measured.
        name: of the model.
        console: where to.
        limit: labels and texts of each kind; None for all.
    """
    title = f"{one_line(name)}, {report.texts:,} texts"
    console.print(title, style="bold", markup=False, highlight=False)
    _print_facts(_facts(report), console)
    if report.against is not None:
        _show_comparison(report.against, console, limit)
    _show_labels(report, console, limit)
    _show_wrong(report, console, limit)


def _print_facts(facts: Sequence[tuple[str, str]], console: Console) -> None:
    table = facts_table()
    for title, value in facts:
        table.add_row(title, Text(value))
    console.print(table, highlight=False)


def _facts(report: MultiLabelReport) -> list[tuple[str, str]]:
    micro = report.micro
    few = f"{FEWEST_OF_A_KIND} right and wrong labels"
    facts = [
        ("micro-F1", _decimal(micro.f1, micro.f1_interval, few)),
        ("precision, recall", f"{micro.precision:.4f}, {micro.recall:.4f}"),
        (
            "macro-F1",
            _decimal(
                report.macro_f1, report.macro_f1_interval, f"{FEWEST_TEXTS} texts a label, {few}"
            ),
        ),
        ("exactly right", percent_of(report.accuracy, report.accuracy_interval)),
        ("labels", f"{len(report.labels):,}"),
    ]
    if report.unseen:
        times = sum(row.texts for row in report.unseen)
        facts.append(("unknown labels", f"{len(report.unseen):,}, {times:,} times: all missed"))
    facts += [
        ("labels a text", f"{report.labels_a_text:.2f}, given {report.given_a_text:.2f}"),
        ("threshold", f"{report.threshold:.3f}"),
    ]
    for title, found in (
        ("without labels, given none", report.without),
        ("with labels, given none", report.within),
        ("out of scope, given none", report.out_of_scope),
    ):
        if found is not None:
            share = percent_of(found.quiet, found.quiet_interval)
            facts.append((title, f"{share} of {found.texts:,} texts"))
    return facts


def _decimal(value: float, interval: Interval | None, needed: str) -> str:
    if interval is None:
        return f"{value:.4f}  no interval: it takes {needed}"
    return f"{value:.4f}  ({interval[0]:.4f} to {interval[1]:.4f})"


def _show_labels(report: MultiLabelReport, console: Console, limit: int | None) -> None:
    """The labels with the lowest F1 first."""
    occurring = [row for row in report.classes if row.support or row.predicted]
    ranked = sorted(occurring, key=lambda row: (row.f1, -row.support))
    table = rows_table(rows_title("labels", len(ranked), limit, "lowest F1"), "label")
    for name in ("precision", "recall", "(95 %)", "F1", "texts", "given"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in ranked[:limit]:
        low, high = row.recall_interval or (None, None)
        table.add_row(
            plain_text(row.label),
            f"{row.precision:.3f}",
            f"{row.recall:.3f}",
            "-" if low is None else f"{low:.2f}-{high:.2f}",
            f"{row.f1:.3f}",
            f"{row.support:,}",
            f"{row.predicted:,}",
        )
    console.print(table, highlight=False)


def _show_wrong(report: MultiLabelReport, console: Console, limit: int | None) -> None:
    """The largest errors first."""
    if not report.mistakes:
        return
    title = rows_title("texts with wrong labels", report.mistakes_total, limit, "largest errors")
    table = rows_table(title, "missed", "wrong", "right", "text")
    for row in report.mistakes[:limit]:
        sets = (_scored(part) for part in (row.missed, row.wrong, row.right))
        table.add_row(*(plain_text(cell) for cell in (*sets, row.text[:_TEXT])))
    console.print(table, highlight=False)


def _show_comparison(found: SetsComparison, console: Console, limit: int | None) -> None:
    console.print()
    console.print(f"beside {one_line(found.name)}", style="bold", markup=False, highlight=False)
    facts = [
        ("its exactly right", percent_of(found.accuracy, found.accuracy_interval)),
        ("its micro-, macro-F1", f"{found.micro_f1:.4f}, {found.macro_f1:.4f}"),
        *paired_facts(found),
        ("same labels", f"{found.same_answer:,}"),
    ]
    _print_facts(facts, console)
    if not found.differences:
        return
    title = rows_title("texts answered differently", found.differences_total, limit, "first")
    table = rows_table(title, "truth", "this", "other", "text")
    for row in found.differences[:limit]:
        sets = (", ".join(part) or "-" for part in (row.truth, row.answer, row.other_answer))
        table.add_row(*(plain_text(cell) for cell in (*sets, row.text[:_TEXT])))
    console.print(table, highlight=False)


def _scored(labels: Sequence[ScoredLabel]) -> str:
    return (
        ", ".join(
            row.label if row.score is None else f"{row.label} {row.score:.2f}" for row in labels
        )
        or "-"
    )


# Task -> what prints its report.
SHOWN: Final[Mapping[str, Callable[..., None]]] = MappingProxyType(
    {CLASSIFICATION: show_evaluation, MULTI_LABEL: show_several, SPANS: show_spans_report}
)


def show_report(report: WrittenReport, name: str, console: Console, *, limit: int | None) -> None:
    """Prints a report of any task; arguments as of ``show_several``."""
    SHOWN[report.task](report, name, console, limit=limit)
    if not isinstance(report, SpansReport) and report.spans is not None:
        console.print()
        show_spans(report.spans, console, limit=limit)
