"""A report on the terminal and in Markdown."""

from __future__ import annotations

import dataclasses
import io
import re
from pathlib import Path

import numpy as np
import pytest
import typer
from markdown_it import MarkdownIt
from rich.console import Console
from typer.testing import CliRunner

from bench.reports import small_report, subject
from neurolite_bench.report.files import write_report
from neurolite_bench.report.markdown import markdown_of
from neurolite_bench.report.model import Refusal, Report
from neurolite_bench.report.page import render_page
from neurolite_bench.report.report_command import show_report
from neurolite_bench.report.tables import headline, shown_number, tables_of, warnings_line
from neurolite_bench.report.terminal import print_report
from neurolite_core.text.markdown import escape_markdown

REPORT = small_report()
app = typer.Typer()
app.command()(show_report)
HOSTILE = (
    "a | b [link](http://a.b) <script>alert(1)</script> `x` **y** | \x1b[31m [bold]red[/bold]\nrow"
)


def printed(report: Report, width: int = 200) -> str:
    stream = io.StringIO()
    print_report(report, Console(file=stream, width=width, force_terminal=False))
    return stream.getvalue()


def cells(report: Report, title: str) -> dict[str, tuple[str, ...]]:
    table = next(table for table in tables_of(report) if table.title == title)
    return {row[0].text: tuple(cell.text for cell in row) for row in table.rows}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (0.00123, "0.0012"), (0.1234, "0.123"), (1.0, "1.00"), (9.999, "10.0"),
        (99.96, "100"), (1234.5, "1,234"), (-2.5, "-2.50"),
    ],
)  # fmt: skip
def test_numbers_for_people(value: float, text: str) -> None:
    assert shown_number(value) == text


WARNINGS = ("Busy | it was. Stop it.", *(f"subject {number}: noisy" for number in range(40)))


def test_many_warnings_are_one_line_that_unfolds() -> None:
    report = dataclasses.replace(REPORT, warnings=WARNINGS)
    line = "41 warnings about noise and the machine, the first: Busy | it was."
    assert warnings_line(WARNINGS) == line
    assert warnings_line(WARNINGS[:1]) == WARNINGS[0]
    assert warnings_line(()) == ""
    for width in (60, 200):
        found = [row for row in printed(report, width).splitlines() if row.startswith("Warning")]
        assert found == [f"Warning: {line} All of them: neurolite-bench report FILE --warnings"]
    page = markdown_of(report)
    folded = page[page.index("<details>") : page.index("</details>")]
    assert folded.startswith(f"<details><summary>⚠️ {escape_markdown(line)}</summary>\n\n- Busy")
    assert folded.count("\n- ") == len(WARNINGS)
    assert page.count("noisy") == 40
    html = render_page(report)
    (unfolding,) = re.findall(r'<details class="warning">.*?</details>', html, re.DOTALL)
    assert unfolding.count("<li>") == len(WARNINGS)


def test_all_warnings_can_be_printed(tmp_path: Path) -> None:
    path = write_report(dataclasses.replace(REPORT, warnings=WARNINGS), tmp_path / "report.json")
    for options, count in (((), 1), (("--warnings",), len(WARNINGS))):
        done = CliRunner().invoke(app, [str(path), *options])
        assert done.exit_code == 0, done.output
        assert done.stdout.count("Warning: ") == count


def test_everything_is_in_both() -> None:
    page, terminal = markdown_of(REPORT), printed(REPORT)
    for shown in (page, terminal):
        for one in REPORT.subjects:
            assert one.name in shown
        for text in ("no certificate shows", "Core ML runs on macOS only", "the load was 1.1"):
            assert text in shown
        assert headline(REPORT) in shown
    missed = sum(verdict.met is False for verdict in REPORT.verdicts)
    assert page.count("❌ missed") == terminal.count(" missed ") == missed > 0
    assert "neurolite-bench --size tiny --peers" in page
    assert "onnxruntime | 1.31.1" in page


def test_figures_are_those_of_the_records() -> None:
    one = subject(np.random.default_rng(0), "a", ram_mb=2.0, repeats=3)
    report = dataclasses.replace(REPORT, subjects=(one,), verdicts=())
    (result,) = (r for r in one.cases if r.case.name == "256 words")
    found = result.summary
    shown = [shown_number(value) for value in (found.p50_ms, found.p90_ms, found.p99_ms)]
    assert " / ".join(shown) in cells(report, "Text to answer, ms")["a"]
    # A start of 1 ms, loads of 7, 8 and 9 ms, and 2 ms to the first answer.
    size = cells(report, "Size and start")["a"]
    assert size[1:] == ("1.10", "0.990", "0.960", "120", "1.00", "8.00", "11.0")
    assert cells(report, "Memory added, MB")["a"] == ("a", "2.01", "2.01", "2.01", "4.01", "7.01")
    (batch,) = (r for r in one.cases if r.case.group == "batch")
    rate = f"{8_000 / batch.summary.p50_ms:,.0f}"
    assert rate in cells(report, "Batches, texts a second")["a"]


def test_columns_that_nobody_has_and_empty_tables_are_left_out() -> None:
    one = subject(
        np.random.default_rng(0), "a", compressed_bytes=None, hash_share=None, settings={}, runtime=""
    )  # fmt: skip
    report = dataclasses.replace(REPORT, subjects=(one,), verdicts=(), refusals=())
    titles = {table.title: table for table in tables_of(report)}
    assert "zipped, MB" not in titles["Size and start"].columns
    assert not {"Targets", "Not measured", "What ran", "Over length, ms"} & set(titles)
    assert headline(report) == "1 measured, no target applies"
    empty = dataclasses.replace(report, subjects=(), interrupted=True)
    assert tables_of(empty) == ()
    assert headline(empty).startswith("0 measured")
    assert markdown_of(empty).startswith("# neurolite-bench: 0 measured")


def test_hostile_names_are_only_text() -> None:
    one = dataclasses.replace(REPORT.subjects[0], name=HOSTILE, runtime=HOSTILE)
    report = dataclasses.replace(
        REPORT,
        subjects=(one, *REPORT.subjects[1:]),
        verdicts=tuple(
            dataclasses.replace(v, subject=HOSTILE, unit=HOSTILE) for v in REPORT.verdicts
        ),
        refusals=(Refusal(HOSTILE, HOSTILE),),
        warnings=(HOSTILE,),
        device={HOSTILE: HOSTILE},
    )
    html = MarkdownIt("commonmark").enable("table").render(markdown_of(report))
    assert "<script" not in html
    assert "<a " not in html
    assert "<strong" not in html
    assert html.count("<tr>") == MarkdownIt("commonmark").enable("table").render(
        markdown_of(dataclasses.replace(REPORT, device={"a": "b"}))
    ).count("<tr>")  # fmt: skip
    terminal = printed(report, width=1_000)
    assert "\x1b" not in terminal
    assert "[bold]red[/bold]" in terminal


def test_a_narrow_terminal_cuts_nothing() -> None:
    letters = "".join(printed(REPORT, width=40).split())
    assert "notmeasured" in letters
    assert max(map(len, printed(REPORT, width=60).splitlines())) <= 60
