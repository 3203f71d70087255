"""A report on the terminal."""

from __future__ import annotations

from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from neurolite_bench.report.model import Report
from neurolite_bench.report.tables import (
    BAD,
    GOOD,
    UNKNOWN,
    Table,
    headline,
    tables_of,
    warnings_line,
)
from neurolite_core.text.markdown import one_line

_STYLES: Final = {GOOD: "green", BAD: "bold red", UNKNOWN: "yellow", "": ""}
_ALL: Final = "All of them: neurolite-bench report FILE --warnings"


def print_report(report: Report, console: Console, *, all_warnings: bool = False) -> None:
    """Prints tables, warnings (one line of them unless all are asked for) and a last line that says it all."""
    for table in tables_of(report):
        print_table(table, console)
    folded = [f"{warnings_line(report.warnings)} {_ALL}"]
    unfolded = all_warnings or len(report.warnings) < 2
    for warning in report.warnings if unfolded else folded:
        console.print(Text(f"Warning: {one_line(warning)}", _STYLES[UNKNOWN]), soft_wrap=True)
    console.print(Text(headline(report), "bold"))


def print_table(table: Table, console: Console) -> None:
    """Prints a table; where the terminal is narrow, cells wrap and none is cut."""
    shown = RichTable(
        title=table.title,
        title_justify="left",
        title_style="bold",
        caption=table.note or None,
        caption_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    for name, number in zip(table.columns, table.numbers, strict=True):
        shown.add_column(Text(name), justify="right" if number else "left", overflow="fold")
    for row in table.rows:
        shown.add_row(*(Text(cell.text, _STYLES[cell.tone]) for cell in row))
    console.print(shown)
