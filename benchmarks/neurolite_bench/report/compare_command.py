"""``neurolite-bench compare``: whether a report shows a regression against an earlier one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.text import Text

from neurolite_bench.report.compare import THRESHOLD, Change, Comparison, compare
from neurolite_bench.report.files import read_report
from neurolite_bench.report.tables import (
    BAD,
    GOOD,
    NOTHING,
    UNKNOWN,
    Cell,
    Table,
    shown_interval,
    shown_number,
)
from neurolite_bench.report.terminal import print_table
from neurolite_core.ground.command_line import EXIT_REFUSED, exit_codes
from neurolite_core.ground.terminal import SafeConsole
from neurolite_core.text.markdown import one_line

_TONES: Final = {
    "slower": BAD, "larger": BAD, "faster": GOOD, "smaller": GOOD, "unsure": UNKNOWN, "same": "",
}  # fmt: skip


def compare_reports(
    before: Annotated[Path, typer.Argument(help="report.json to compare with.")],
    after: Annotated[Path, typer.Argument(help="report.json in question.")],
    threshold: Annotated[
        float, typer.Option(help="What is too small to matter; 0.05 for 5 %.")
    ] = THRESHOLD,
    json_out: Annotated[
        bool, typer.Option("--json", help="Print the comparison as JSON, nothing else.")
    ] = False,
    unsealed: Annotated[
        bool,
        typer.Option(
            "--unsealed",
            help="Read reports that were changed since they were written; a warning says so.",
        ),
    ] = False,
) -> None:
    """Compare two reports, subject by subject and case by case.

    A time is [b]slower[/b] if it is by more than the threshold and Welch's test on the medians of the fresh
    processes, corrected for the number of comparisons (Holm), is below 0.05; [b]unsure[/b] if the test does not
    say so. Memory and size are [b]larger[/b] by the threshold alone. What differs between the two runs is said.

    Exit codes: 0 no regression; 1 something is slower or larger; 2 wrong usage or input.

    Examples:
      neurolite-bench compare before/report.json after/report.json

      neurolite-bench compare main.json branch.json --threshold 0.02 --json
    """
    with exit_codes():
        first, second = (read_report(path, unsealed=unsealed) for path in (before, after))
        found = compare(first, second, threshold)
        if json_out:
            typer.echo(comparison_json(found))
        else:
            print_comparison(found, SafeConsole())
        raise typer.Exit(EXIT_REFUSED if found.regressions else 0)


def comparison_json(found: Comparison) -> str:
    """The comparison with its regressions, as one JSON object."""
    regressions = [f"{change.subject}: {change.quantity}" for change in found.regressions]
    return json.dumps({**asdict(found), "regressions": regressions}, indent=1, ensure_ascii=False)


def print_comparison(found: Comparison, console: Console) -> None:
    """Prints the table, what only one side has, warnings, and a last line that says it all."""
    print_table(comparison_table(found), console)
    for names, which in ((found.only_before, "first"), (found.only_after, "second")):
        if names:
            _print_line(f"Only in the {which} report: {', '.join(names)}", "", console)
    for warning in found.warnings:
        _print_line(f"Warning: {warning}", "yellow", console)
    _print_line(conclusion(found), "bold", console)


def comparison_table(found: Comparison) -> Table:
    """All changes: times, then memory and sizes."""
    return Table(
        "Second report against the first",
        "ratio: after / before, of times with a 95 % interval between fresh processes; p: corrected for all "
        f"times compared (Holm). What is within {found.threshold:.0%} is the same.",
        ("subject", "quantity", "before", "after", "ratio", "p", "verdict"),
        (False, False, True, True, True, True, False),
        tuple(tuple(_cells(change)) for change in found.changes),
    )


def conclusion(found: Comparison) -> str:
    """Such as ``2 of 31 quantities got worse: tiny onnx int8: 256 words 1.21 x slower, ...``."""
    unsure = sum(change.verdict == "unsure" for change in found.changes)
    doubt = f"; {unsure} beyond the threshold, not surely" if unsure else ""
    if not found.regressions:
        return f"No regression in {len(found.changes)} quantities{doubt}"
    parts = [
        f"{change.subject}: {change.quantity} {shown_number(change.ratio)} x, {change.verdict}"
        for change in sorted(found.regressions, key=lambda change: -change.ratio)[:5]
    ]
    more = ", ..." if len(found.regressions) > len(parts) else ""
    return (
        f"{len(found.regressions)} of {len(found.changes)} quantities got worse{doubt}: "
        f"{', '.join(parts)}{more}"
    )


def _cells(change: Change) -> Iterator[Cell]:
    scale, unit = (1.0, "ms") if change.unit == "ms" else (1e6, "MB")
    yield Cell(one_line(change.subject))
    yield Cell(one_line(change.quantity))
    yield Cell(f"{shown_number(change.before / scale)} {unit}")
    yield Cell(f"{shown_number(change.after / scale)} {unit}")
    yield Cell(f"{change.ratio:.3f}{shown_interval(change.interval)}")
    yield Cell(NOTHING if change.p_value is None else f"{change.p_value:.2g}")
    yield Cell(change.verdict, _TONES[change.verdict])


def _print_line(text: str, style: str, console: Console) -> None:
    console.print(Text(one_line(text), style), soft_wrap=True)
