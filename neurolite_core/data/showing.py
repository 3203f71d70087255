"""The data report for people, as a table."""

from __future__ import annotations

from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from neurolite_core.answer.look import differences
from neurolite_core.data.checks import FEW_ROWS, Copy, DataReport
from neurolite_core.ground.values import cut, shown

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
        span = f"{counts[low]:,} ({cut(low)}) to {counts[top]:,} ({cut(top)}) rows each"
        facts.append(("labels", f"{len(counts):,}: {span}, ratio {report.imbalance:.1f}"))
    facts += _several(report)
    if report.unlabelled:
        facts.append(("without label", f"{report.unlabelled:,}"))
    if report.few_rows:
        some = ", ".join(map(cut, report.few_rows[:_LABELS_SHOWN]))
        more = ", ..." if len(report.few_rows) > _LABELS_SHOWN else ""
        facts.append((f"labels below {FEW_ROWS} rows", f"{len(report.few_rows)}: {some}{more}"))
    if report.combined:
        some = ", ".join(map(shown, report.combined[:_LABELS_SHOWN]))
        more = ", ..." if len(report.combined) > _LABELS_SHOWN else ""
        facts.append(
            (
                "labels that look like several",
                f"{len(report.combined):,}: {some}{more}. {_what_they_are(report)}",
            )
        )
    if report.look_alikes:
        facts.append(("labels that look alike", _look_alikes(report)))
    if report.merged:
        pairs = [f"{shown(old)} to {shown(new)}" for old, new in report.merged.items()]
        more = ", ..." if len(pairs) > _LABELS_SHOWN else ""
        facts.append(("labels merged", f"{len(pairs)}: {', '.join(pairs[:_LABELS_SHOWN])}{more}"))
    facts += [
        ("empty texts", f"{report.empty_texts:,}"),
        ("repeated rows", f"{report.duplicates:,}"),
        (
            "texts with other labels each time" if report.several else "texts with several labels",
            f"{report.conflicts:,} in {report.conflict_rows:,} rows",
        ),
    ]
    for name, overlap in report.overlaps.items():
        found = (
            f"{overlap.rows:,} of {overlap.of:,} rows, {overlap.other_label:,} with another label"
        )
        facts.append((f"{name} texts also in training", found))
    for name, labels in report.unseen.items():
        if labels:
            some = ", ".join(
                f"{cut(label)} {rows:,}" for label, rows in list(labels.items())[:_LABELS_SHOWN]
            )
            more = ", ..." if len(labels) > _LABELS_SHOWN else ""
            found = f"{sum(labels.values()):,} rows ({some}{more}); they count as wrong"
            facts.append((f"{name} labels not in training", found))
    return facts


def _several(report: DataReport) -> list[tuple[str, str]]:
    """How many labels texts have, where that is not one each."""
    if not report.several:
        return []
    fewest, mean, most = report.labels_a_row
    return [
        ("labels a text", f"{fewest:,} to {most:,}, {mean:.2f} on the average"),
        ("texts with none of the labels", f"{report.without_labels:,}"),
    ]


def _what_they_are(report: DataReport) -> str:
    if report.several:
        return (
            "Each of these is one label; what stands between labels is named by --label-separator"
        )
    return (
        "A text has one label here, and each of these is one. Of several labels a text, with '|' between them: "
        "--multi-label; with another character: --multi-label --label-separator CHARACTER"
    )


def _look_alikes(report: DataReport) -> str:
    groups = [
        f"{', '.join(f'{shown(label)} {report.rows_per_label.get(label, 0):,}' for label in group[:_LABELS_SHOWN])}"
        f" ({', '.join(differences(group))})"
        for group in report.look_alikes[:_SHOWN]
    ]
    more = (
        f", and {len(report.look_alikes) - _SHOWN} more" if len(report.look_alikes) > _SHOWN else ""
    )
    return f"{'; '.join(groups)}{more}. One of each: --merge-labels"


def _rows(copies: tuple[Copy, ...]) -> str:
    places = "; ".join(
        f"{cut(copy.label) if copy.label else 'no label'} ({copy.where})" for copy in copies
    )
    return f"{copies[0].text!r}: {places}"
