"""A report in Markdown, for pull requests; every value is escaped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from neurolite_bench.report.model import Report
from neurolite_bench.report.tables import (
    BAD,
    GOOD,
    UNKNOWN,
    Cell,
    Table,
    facts_of,
    headline,
    tables_of,
    warnings_line,
)
from neurolite_core.text.markdown import escape_markdown

_MARKS: Final = {GOOD: "✅ ", BAD: "❌ ", UNKNOWN: "❔ ", "": ""}


def markdown_of(report: Report) -> str:
    """The report, its tables and how it was measured."""
    return "\n".join(_lines(report)) + "\n"


def markdown_table(table: Table) -> str:
    """A table alone, without title and note."""
    return "\n".join(_rows(table))


def _lines(report: Report) -> Iterator[str]:
    yield f"# neurolite-bench: {escape_markdown(headline(report))}"
    yield ""
    yield from _warnings(report.warnings)
    for table in tables_of(report):
        yield f"## {escape_markdown(table.title)}"
        yield ""
        yield from _rows(table)
        yield ""
        if table.note:
            yield escape_markdown(table.note)
            yield ""
    yield "<details><summary>How it was measured</summary>"
    yield ""
    yield "| | |"
    yield "|---|---|"
    for name, value in facts_of(report):
        yield f"| {escape_markdown(name)} | {escape_markdown(value)} |"
    yield ""
    yield "</details>"


def _warnings(warnings: Sequence[str]) -> Iterator[str]:
    """One line; several warnings unfold from it."""
    line = escape_markdown(warnings_line(warnings))
    if len(warnings) > 1:
        yield f"<details><summary>⚠️ {line}</summary>"
        yield ""
        yield from (f"- {escape_markdown(warning)}" for warning in warnings)
        yield ""
        yield "</details>"
        yield ""
    elif warnings:
        yield f"> ⚠️ {line}"
        yield ""


def _rows(table: Table) -> Iterator[str]:
    yield _row(escape_markdown(name) for name in table.columns)
    yield _row("---:" if number else "---" for number in table.numbers)
    for row in table.rows:
        yield _row(map(_cell, row))


def _row(cells: Iterator[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: Cell) -> str:
    return _MARKS[cell.tone] + escape_markdown(cell.text)
