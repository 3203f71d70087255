"""The data report for people, as a table."""

from __future__ import annotations

from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from neurolite_core.data.checks import FEW_ROWS, Copy, DataReport

_SHOWN: Final = 3
_LABELS_SHOWN: Final = 8


def show_report(report: DataReport, console: Console) -> None:
    """Prints what was read, what is in it and what may be wrong with it."""
    for source in report.sources:
        console.print(source.described, markup=False, highlight=False)
        if source.skipped:
            first = "; ".join(source.problems[:_SHOWN])
            console.print(f"  {source.skipped:,} rows left out: {first}", markup=False)
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in _facts(report):
        table.add_row(name, Text(value))
    console.print(table)
    for example in report.conflict_examples[:_SHOWN]:
        console.print(f"  {_rows(example)}", markup=False, highlight=False)
    for name, overlap in report.overlaps.items():
        for example in overlap.examples[:_SHOWN]:
            console.print(f"  in {name}: {_rows(example)}", markup=False, highlight=False)


def _facts(report: DataReport) -> list[tuple[str, str]]:
    counts = report.rows_per_label
    median, high, longest = report.byte_lengths
    facts = [
        ("rows", f"{report.rows:,}"),
        ("bytes a text", f"median {median:,}, 99 % up to {high:,}, longest {longest:,}"),
    ]
    if counts:
        low, top = min(counts, key=counts.__getitem__), max(counts, key=counts.__getitem__)
        span = f"{counts[low]:,} ({low}) to {counts[top]:,} ({top}) rows each"
        facts.append(("labels", f"{len(counts):,}: {span}, ratio {report.imbalance:.1f}"))
    if report.unlabelled:
        facts.append(("without label", f"{report.unlabelled:,}"))
    if report.few_rows:
        some = ", ".join(report.few_rows[:_LABELS_SHOWN])
        more = ", ..." if len(report.few_rows) > _LABELS_SHOWN else ""
        facts.append((f"labels below {FEW_ROWS} rows", f"{len(report.few_rows)}: {some}{more}"))
    facts += [
        ("empty texts", f"{report.empty_texts:,}"),
        ("repeated rows", f"{report.duplicates:,}"),
        ("texts with several labels", f"{report.conflicts:,} in {report.conflict_rows:,} rows"),
    ]
    for name, overlap in report.overlaps.items():
        found = (
            f"{overlap.rows:,} of {overlap.of:,} rows, {overlap.other_label:,} with another label"
        )
        facts.append((f"{name} texts also in training", found))
    for name, labels in report.unseen.items():
        if labels:
            some = ", ".join(
                f"{label} {rows:,}" for label, rows in list(labels.items())[:_LABELS_SHOWN]
            )
            more = ", ..." if len(labels) > _LABELS_SHOWN else ""
            found = f"{sum(labels.values()):,} rows ({some}{more}); they count as wrong"
            facts.append((f"{name} labels not in training", found))
    return facts


def _rows(copies: tuple[Copy, ...]) -> str:
    places = "; ".join(f"{copy.label or 'no label'} ({copy.where})" for copy in copies)
    return f"{copies[0].text!r}: {places}"
