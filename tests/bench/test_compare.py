"""Two reports beside each other."""

from __future__ import annotations

import dataclasses
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from bench.reports import small_report, subject
from neurolite_bench.report.compare import Change, Comparison, compare
from neurolite_bench.report.compare_command import compare_reports, print_comparison
from neurolite_bench.report.files import write_report
from neurolite_bench.report.model import Report
from neurolite_bench.statistics import compare_medians
from neurolite_core.ground.errors import InputError

BEFORE = small_report(seed=1)
app = typer.Typer()
app.command()(compare_reports)


def only(seed: int, *names: str, **values: Any) -> Report:  # noqa: ANN401
    """A report of subjects with equal values and noise of their own."""
    rng = np.random.default_rng(seed)
    subjects = tuple(subject(rng, name, **values) for name in names or ("a",))
    return dataclasses.replace(BEFORE, subjects=subjects, growth=None, verdicts=(), warnings=())


def by_quantity(found: Comparison, name: str = "a") -> dict[str, Change]:
    return {change.quantity: change for change in found.changes if change.subject == name}


def test_a_slowdown_of_a_fifth_is_found_and_no_more() -> None:
    found = compare(only(1, "a", "b", ms=1.0), only(2, "a", "b", ms=1.2))
    slower = {(change.subject, change.quantity) for change in found.regressions}
    cases = ("8 words", "32 words", "256 words", "256 words, all threads", "batch 8")
    assert slower == {(name, case) for name in ("a", "b") for case in cases}
    case = by_quantity(found)["256 words"]
    assert case.ratio == pytest.approx(1.2, rel=0.03)
    assert case.interval is not None
    assert case.interval[0] < 1.2 < case.interval[1]
    back = compare(only(2, "a", "b", ms=1.2), only(1, "a", "b", ms=1.0))
    assert not back.regressions
    assert by_quantity(back)["256 words"].verdict == "faster"
    assert by_quantity(back)["256 words"].ratio == pytest.approx(1 / case.ratio)


@pytest.mark.parametrize("noise", [0.02, 0.2])
def test_reports_of_one_distribution_show_no_regression(noise: float) -> None:
    for seed in range(10):
        shape = {"noise": noise, "rounds": 2, "runs": 4}
        found = compare(only(seed, **shape), only(seed + 100, **shape))
        assert not found.regressions


def test_beyond_the_threshold_and_not_surely_is_unsure() -> None:
    found = compare(only(3, noise=0.3, ms=1.0), only(4, noise=0.3, ms=1.1))
    case = by_quantity(found)["256 words"]
    assert case.verdict in ("unsure", "same")
    assert {change.verdict for change in found.changes} >= {"unsure"}
    assert not found.regressions
    # Sure, and too small to matter.
    sure = by_quantity(compare(only(3, noise=0.001), only(4, noise=0.001, ms=1.03)))["256 words"]
    assert sure.p_value is not None
    assert sure.p_value < 0.01
    assert sure.verdict == "same"
    found = compare(only(3, noise=0.001), only(4, noise=0.001, ms=1.03), threshold=0.01)
    assert by_quantity(found)["256 words"].verdict == "slower"


def test_p_values_are_corrected_for_all_times() -> None:
    a, b = only(5), only(6, ms=1.1)
    found = compare(a, b)
    times = [change for change in found.changes if change.p_value is not None]
    raw = {
        x.case.name: compare_medians(
            x.summary.repeat_medians_ms, y.summary.repeat_medians_ms
        ).p_value
        for x, y in zip(a.subjects[0].cases, b.subjects[0].cases, strict=True)
    }
    lowest = min(raw, key=lambda name: raw[name] or 0.0)
    assert by_quantity(found)[lowest].p_value == pytest.approx(len(times) * (raw[lowest] or 0.0))


def test_memory_and_size() -> None:
    found = by_quantity(compare(only(7, ram_mb=3.0), only(8, ram_mb=4.0, size_mb=1.2)))
    assert found["RAM"].verdict == found["size"].verdict == "larger"
    assert found["RAM"].ratio == pytest.approx(4.0 / 3.0, rel=0.01)
    assert (found["size"].before, found["size"].after) == (1_100_000, 1_200_000)
    assert found["RAM at the peak"].verdict == "larger"
    small = by_quantity(compare(only(7, ram_mb=0.5), only(8, ram_mb=0.58)))
    assert small["RAM"].verdict == "same"  # 16 % of very little
    assert by_quantity(compare(only(8, ram_mb=4.0), only(7)))["RAM"].verdict == "smaller"


def test_cold_start() -> None:
    slow = only(8)
    one = slow.subjects[0]
    starts = tuple(dataclasses.replace(start, load_ms=2 * start.load_ms) for start in one.starts)
    slow = dataclasses.replace(slow, subjects=(dataclasses.replace(one, starts=starts),))
    change = by_quantity(compare(only(7), slow))["cold start"]
    assert (change.before, change.after, change.verdict) == (11.5, 20.0, "slower")


def test_what_one_side_has_and_what_differs() -> None:
    a = only(1, "a", "gone")
    b = only(2, "a", "new", repeats=1)
    one = dataclasses.replace(b.subjects[0], cases=b.subjects[0].cases[1:], runtime="another 1.0")
    b = dataclasses.replace(
        b,
        subjects=(one, b.subjects[1]),
        device={**b.device, "processor": "Other CPU"},
        options={"repeats": 1},
        interrupted=True,
        warnings=("hot",),
    )
    found = compare(a, b)
    assert found.only_before == ("a: 8 words", "gone")
    assert found.only_after == ("new",)
    text = "\n".join(found.warnings)
    for part in (
        "device.processor was Example CPU, then Other CPU",
        "options.repeats was 4, then 1",
        "options.threads was [1, 0], then None",
        "a ran in onnxruntime 1.31.1, function body, then in another 1.0",
        "a ran in one process in the second report",
        "the second report was interrupted",
        "second report: hot",
    ):
        assert part in text
    assert by_quantity(found)["32 words"].p_value is None
    assert not compare(a, a).warnings


def test_what_cannot_be_compared() -> None:
    with pytest.raises(InputError, match="no subject in common: a in the first, b in the second"):
        compare(only(1, "a"), only(1, "b"))
    for threshold in (-0.1, 1.0, float("nan")):
        with pytest.raises(InputError, match="threshold is"):
            compare(BEFORE, BEFORE, threshold)


def test_the_command(tmp_path: Path) -> None:
    before = write_report(only(1, ms=1.0), tmp_path / "a.json")
    after = write_report(only(2, ms=1.2), tmp_path / "b.json")
    same = CliRunner().invoke(app, [str(before), str(before)])
    assert same.exit_code == 0, same.output
    assert "No regression" in same.stdout
    worse = CliRunner().invoke(app, [str(before), str(after), "--json"])
    assert worse.exit_code == 1
    found = json.loads(worse.stdout)
    assert "a: 256 words" in found["regressions"]
    assert found["changes"][0]["verdict"] == "slower"
    allowed = CliRunner().invoke(app, [str(before), str(after), "--threshold", "0.5"])
    assert allowed.exit_code == 0
    missing = CliRunner().invoke(app, [str(before), str(tmp_path / "none.json")])
    assert missing.exit_code == 2
    assert "Cannot read" in missing.stderr


def test_the_table_has_every_change_and_hostile_names_do_nothing() -> None:
    name = "[red]a\x1b[31m\nb"
    found = compare(only(1, name), only(2, name, ms=1.3))
    stream = io.StringIO()
    print_comparison(found, Console(file=stream, width=200))
    text = stream.getvalue()
    assert text.count("[red]a [31m b") >= len(found.changes)
    assert "\x1b" not in text
    assert "5 of 9 quantities got worse" in text
