"""What benchmark screens share is read, shown and compared as every report, and never as a result where it is none."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from statistics import quantiles, stdev
from typing import Any

import jsonschema
import pytest

from golden.apps.app_statistics import SCREEN, SCREENS
from golden.apps.make import HERE
from neurolite_bench.apps.screen import THERMAL, Screen, report_of_screen, why_not
from neurolite_bench.report.compare import compare
from neurolite_bench.report.files import as_json, read_report, write_report
from neurolite_bench.report.markdown import markdown_of
from neurolite_bench.report.schema import json_schema
from neurolite_bench.report.tables import tables_of
from neurolite_core.artifact.formats import json_file
from neurolite_core.ground.errors import InputError
from neurolite_core.text.word_offsets import word_borders

GOLDEN: dict[str, Any] = json.loads((HERE / "statistics.json").read_text("utf-8"))


def screen_of(name: str) -> Screen:
    return replace(SCREEN, **SCREENS[name])


def test_percentiles_are_those_of_the_standard_library() -> None:
    for row in GOLDEN["summaries"]:
        samples, summary = [ns / 1e6 for ns in row["samples_ns"]], row["summary"]
        if len(samples) > 1:
            parts = quantiles(samples, n=100, method="inclusive")
            found = [summary[name] for name in ("p50_ms", "p90_ms", "p99_ms")]
            assert found == pytest.approx([parts[at - 1] for at in (50, 90, 99)])
            assert summary["stdev_ms"] == pytest.approx(stdev(samples), abs=1e-12)
        assert summary["max_ms"] == max(samples)
        assert summary["interval_ms"] == [min(samples), max(samples)]
        assert summary["repeat_medians_ms"] == [summary["p50_ms"]]


@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_is_a_report(name: str, tmp_path: Path) -> None:
    report = report_of_screen(screen_of(name))
    path = write_report(report, tmp_path / "report.json")
    assert read_report(path) == report
    jsonschema.Draft202012Validator(json_schema()).validate(json.loads(path.read_text("utf-8")))
    (subject,) = report.subjects
    valid = why_not(screen_of(name)) is None
    assert bool(subject.cases) == bool(subject.starts) == valid
    assert subject.failure == why_not(screen_of(name))
    assert ("| failed |" in markdown_of(report).replace("❌ ", "")) == (not valid)


def test_memory_and_warmth_are_shown() -> None:
    (table,) = (each for each in tables_of(report_of_screen(SCREEN)) if each.title == "In the app")
    assert [cell.text for cell in table.rows[0]] == [
        "intents c int8", "1.25", "80.0", "81.5", "82.0", "Debug.getPss", "none", "light",
    ]  # fmt: skip
    titles = [each.title for each in tables_of(report_of_screen(screen_of("left")))]
    assert titles == ["Not measured"]


def test_every_reason_has_a_screen() -> None:
    reasons = {str(why_not(screen_of(name))).partition(":")[0] for name in SCREENS}
    assert len(reasons) == 9, reasons


def test_the_reports_of_two_phones_compare() -> None:
    slower = {words: tuple(2 * ns for ns in each) for words, each in SCREEN.samples_ns.items()}
    other = replace(
        SCREEN, samples_ns=slower, later_load_ms=2.5, memory=(80_000_000, 84_000_000, 85_000_000)
    )
    found = compare(report_of_screen(SCREEN), report_of_screen(other))
    by_name = {change.quantity: change for change in found.changes}
    assert by_name["12 words"].ratio == pytest.approx(2)
    assert by_name["later load"].ratio == pytest.approx(2)
    assert by_name["later load"].verdict == "unsure"  # one process each
    assert by_name["memory added in the app"].verdict == "larger"
    assert by_name["memory added in the app"].ratio == pytest.approx(2.5)


def test_what_is_not_valid_compares_with_nothing() -> None:
    found = compare(report_of_screen(SCREEN), report_of_screen(screen_of("left")))
    assert {change.quantity for change in found.changes} == {"size"}
    assert any("failed in the second report" in warning for warning in found.warnings)


@pytest.mark.parametrize(
    "change",
    [{"valid": True, "reason": "hot"}, {"valid": False, "reason": None}, {"reason": "other"}],
)
def test_a_report_that_contradicts_itself_is_refused(change: Any, tmp_path: Path) -> None:  # noqa: ANN401
    value = json.loads(as_json(report_of_screen(screen_of("left"))))
    value["subjects"][0]["in_app"] |= change
    _refused(value, tmp_path, "does not say whether it is valid")


def test_figures_of_what_is_not_valid_are_refused(tmp_path: Path) -> None:
    value = json.loads(as_json(report_of_screen(SCREEN)))
    subject = value["subjects"][0]
    subject["failure"] = "hot"
    subject["in_app"] |= {"valid": False, "reason": "hot"}
    _refused(value, tmp_path, "is not valid, and has figures")


def _refused(value: dict[str, Any], folder: Path, message: str) -> None:
    del value["neurolite.sha256"]
    (folder / "x.json").write_bytes(json_file.seal(json.dumps(value).encode()))
    with pytest.raises(InputError, match=message):
        read_report(folder / "x.json")


def test_seals_are_what_a_shell_computes() -> None:
    for row in GOLDEN["seals"]:
        sealed = row["sealed"]
        digest = json.loads(sealed)["neurolite.sha256"]
        blank = sealed.replace(digest, "0" * 64)
        assert hashlib.sha256(blank.encode()).hexdigest() == digest
        assert sealed.index("neurolite.sha256") < 6
        assert json.loads(sealed) == {"neurolite.sha256": digest, **json.loads(row["content"])}


def test_the_texts_have_the_words_that_they_say() -> None:
    for words, text in GOLDEN["texts"].items():
        assert len(word_borders([text.encode()])[0]) == int(words)
    assert THERMAL.index("severe") == 3  # as Android numbers them
