"""The page: whole, offline, and safe against names from outside."""

from __future__ import annotations

import dataclasses
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from bench.reports import peer, small_report, subject
from neurolite_bench.report.files import write_report
from neurolite_bench.report.model import Report
from neurolite_bench.report.page import render_page
from neurolite_bench.report.pareto import frontier
from neurolite_bench.report.pictures import pictures_of
from neurolite_bench.report.report_command import show_report
from neurolite_bench.report.tables import shown_number

REPORT = small_report()
PICTURES = pictures_of(REPORT)
HOSTILE = (
    "a\"b'<script>alert(1)</script><img src=x onerror=alert(1)> {{ 7 * 7 }} $x^2$ \x00\x1b[31m"
)
VOID = {"meta", "link", "br", "img", "hr", "input"}
app = typer.Typer()
app.command()(show_report)


class Page(HTMLParser):
    """Elements with their attributes, the text, and elements that are not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.wrong: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        self.wrong += self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data

    @property
    def attributes(self) -> list[tuple[str, str | None]]:
        return [item for _, attributes in self.elements for item in attributes.items()]


@pytest.fixture(scope="module")
def source() -> str:
    return render_page(REPORT)


@pytest.fixture(scope="module")
def page(source: str) -> Page:
    return Page(source)


def test_it_opens_offline(page: Page, source: str) -> None:
    assert not page.wrong
    assert not {"script", "link", "iframe", "object", "img"} & {tag for tag, _ in page.elements}
    for name, value in page.attributes:
        assert not name.startswith("on")
        if name in ("src", "href", "xlink:href"):
            assert value is not None
            assert value.startswith("#")
        assert "http" not in (value or "").replace("http-equiv", ""), (name, value)
    assert "@import" not in source
    assert not re.search(r"url\((?!#)", source)
    assert re.search(
        r'http-equiv="Content-Security-Policy"\s+content="default-src \'none\'', source
    )


def test_references_find_their_shapes_and_no_name_stands_twice(page: Page, source: str) -> None:
    names = [value for name, value in page.attributes if name == "id"]
    assert len(set(names)) == len(names) > 0
    assert set(re.findall(r'(?:href="|url\()#([^")]+)', source)) <= set(names)


def test_every_subject_verdict_and_figure_is_in_it(page: Page) -> None:
    for one in REPORT.subjects:
        assert page.text.count(one.name) > 1
        for result in one.cases:
            if result.case.group == "length":
                assert shown_number(result.summary.p99_ms) in page.text
    for verdict in REPORT.verdicts:
        assert verdict.quantity in page.text
        if verdict.measured is not None:
            assert shown_number(verdict.measured) in page.text
    shown = [v["class"] for tag, v in page.elements if tag == "td" and v.get("class")]
    for tone, state in (("good", True), ("bad", False), ("unknown", None)):
        expected = sum(verdict.met is state for verdict in REPORT.verdicts)
        failures = 2 if tone == "bad" else 0  # a refusal and a failure have a row of their own
        assert shown.count(tone) == expected + failures
    for text in (
        "neurolite-bench --size tiny --peers",
        "Example CPU",
        "the load was 1.1",
        "1.31.1",
    ):
        assert text in page.text
    titles = {picture.title for picture in PICTURES}
    assert titles == {
        *(f"Text to answer: {name}" for name in ("8 words", "32 words", "256 words")),
        "Text to answer: 256 words, all threads", "Time over length", "Memory that the model adds",
        "Accuracy and size", "Accuracy and latency", "How the times of a call spread",
        "Drift over the run",
    }  # fmt: skip


def test_colors_are_the_pages_own() -> None:
    drawn = "".join(picture.svg for picture in PICTURES)
    assert "currentColor" in drawn
    assert "var(--line)" in drawn
    assert "#010203" not in drawn


def test_equal_reports_give_equal_pages(source: str) -> None:
    assert render_page(small_report()) == source


def test_names_from_outside_are_only_text() -> None:
    subjects = tuple(
        dataclasses.replace(
            one, name=f"{HOSTILE}{number}", file=HOSTILE, runtime=HOSTILE, settings={HOSTILE: HOSTILE},
            cases=tuple(
                dataclasses.replace(r, case=dataclasses.replace(r.case, name=HOSTILE + r.case.name))
                for r in one.cases
            ),
        )
        for number, one in enumerate(REPORT.subjects)
    )  # fmt: skip
    report = dataclasses.replace(
        REPORT,
        subjects=subjects,
        verdicts=tuple(dataclasses.replace(v, subject=f"{HOSTILE}0") for v in REPORT.verdicts),
        warnings=(HOSTILE,),
        command=(HOSTILE,),
        device={HOSTILE: HOSTILE, "model": HOSTILE},
        started_at=HOSTILE,
    )
    found = Page(render_page(report))
    assert not found.wrong
    assert not {"script", "img"} & {tag for tag, _ in found.elements}
    assert not [name for name, _ in found.attributes if name.startswith("on")]
    assert "{{ 7 * 7 }} $x^2$" in found.text
    assert "\x00" not in found.text
    assert "\x1b" not in found.text


@pytest.mark.parametrize("subjects", [0, 1, 27])
def test_reports_of_all_sizes(subjects: int) -> None:
    rng = np.random.default_rng(0)
    shape: dict[str, Any] = {"repeats": 1, "rounds": 1, "runs": 1}
    report: Report = dataclasses.replace(
        REPORT,
        subjects=tuple(subject(rng, f"一号 {i}", **shape) for i in range(subjects)),
        verdicts=(),
        growth=None,
        interrupted=True,
    )
    found = Page(render_page(report))
    assert not found.wrong
    assert sum(tag == "figure" for tag, _ in found.elements) == (0, 5, 6)[min(subjects, 2)]
    assert "interrupted" in found.text


def test_without_accuracy_latency_is_drawn_over_size() -> None:
    rng = np.random.default_rng(0)
    subjects = (
        subject(rng, "a"),
        peer(rng, "b", precision="int8", ms=20.0, ram_mb=90.0),
        subject(rng, "failed", memory=(), starts=(), cases=()),
    )
    report = dataclasses.replace(REPORT, subjects=subjects, verdicts=())
    titles = [picture.title for picture in pictures_of(report)]
    assert "Latency and size" in titles
    assert not [title for title in titles if title.startswith("Accuracy")]


def test_the_frontier_by_hand() -> None:
    points = [(1.0, 5.0), (2.0, 6.0), (3.0, 4.0), (4.0, 4.0), (1.0, 7.0), (9.0, 1.0)]
    assert frontier(points) == [0, 2, 5]
    assert frontier([]) == []


def test_the_command_writes_both_files(tmp_path: Path, source: str) -> None:
    path = write_report(REPORT, tmp_path / "report.json")
    done = CliRunner().invoke(app, [str(path)])
    assert done.exit_code == 0, done.output
    assert "targets met" in done.stdout
    assert (tmp_path / "report.md").read_text("utf-8").startswith("# neurolite-bench: ")
    assert (tmp_path / "report.html").read_text("utf-8") == source
    quiet = CliRunner().invoke(
        app, [str(path), "--quiet", "--html", str(tmp_path / "x.html"), "--markdown", str(tmp_path / "x.md")]
    )  # fmt: skip
    assert quiet.exit_code == 0
    assert quiet.stdout == ""
    assert sorted(file.name for file in tmp_path.glob("x.*")) == ["x.html", "x.md"]


def test_without_matplotlib_there_is_everything_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_report(REPORT, tmp_path / "report.json")
    monkeypatch.setitem(sys.modules, "jinja2", None)
    done = CliRunner().invoke(app, [str(path)])
    assert done.exit_code == 0
    assert "pip install 'neurolite[report]'" in done.stderr
    assert sorted(file.name for file in tmp_path.iterdir()) == ["report.json", "report.md"]
    asked = CliRunner().invoke(app, [str(path), "--html", str(tmp_path / "page.html")])
    assert asked.exit_code == 2
