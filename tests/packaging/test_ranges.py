"""Ranges in pyproject.toml and the releases that were run at their ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version
from typer.testing import CliRunner

from neurolite_bench import ranges
from neurolite_bench.ranges import ENDS, TRIALS
from neurolite_bench.requirements import BASE, expanded, ranges_table, read_requirements
from texts import ROOT

REQUIREMENTS = read_requirements(ROOT / "pyproject.toml")
RUNS: list[dict[str, Any]] = json.loads(
    (ROOT / "benchmarks/results/ranges.json").read_text("utf-8")
)["runs"]
AGAIN = "Run python -m neurolite_bench.ranges for the trials whose ranges changed."


# The others hold one release of what matters in them; the test suite runs it.
RUN = {"run", "torch"}


def test_trials_were_run_at_both_ends_with_the_ranges_of_today() -> None:
    done = {(run["trial"], run["end"]) for run in RUNS}
    assert done == {(trial, end) for trial, _ in done for end in ENDS}
    assert {trial for trial, _ in done} >= RUN
    for run in RUNS:
        trial = TRIALS[run["trial"]]
        assert run["commands"] == [" ".join(step) for step in trial.steps], AGAIN
        assert run["tests"]["files"] == list(trial.tests), AGAIN
        assert (run["tests"]["passed"] > 100) == bool(trial.tests), AGAIN
        today = expanded(REQUIREMENTS, trial.extras)
        assert set(run["ranges"]) == set(today), AGAIN
        for package, wanted in today.items():
            assert run["ranges"][package] == sorted(wanted), f"{package}: {AGAIN}"


@pytest.mark.parametrize("run", RUNS, ids=lambda run: f"{run['trial']}-{run['end']}")
def test_what_ran_is_inside_the_ranges(run: dict[str, Any]) -> None:
    for package, wanted in run["ranges"].items():
        for one in wanted:
            assert SpecifierSet(one).contains(run["versions"][package]), package


def test_the_oldest_that_ran_is_the_lower_end() -> None:
    for package, wanted in expanded(REQUIREMENTS, REQUIREMENTS).items():
        versions = [Version(run["versions"][package]) for run in RUNS if package in run["ranges"]]
        if not versions:
            continue
        lowest = min(
            Version(part.version)
            for one in wanted
            for part in SpecifierSet(one)
            if part.operator == ">="
        )
        oldest = min(versions)
        assert oldest.release[: len(lowest.release)] == lowest.release, package


def test_extras_without_a_trial_are_named() -> None:
    tried = {extra for run in RUNS for extra in TRIALS[run["trial"]].extras}
    reached = set(tried)
    for extra in tried:
        reached |= {
            other
            for line in REQUIREMENTS[extra]
            if line.name == "neurolite"
            for other in line.extras
        }
    text = (ROOT / "docs/dependencies.md").read_text("utf-8")
    for extra in set(REQUIREMENTS) - reached - {BASE}:
        assert f"`{extra}`" in text, extra


def test_extras_that_bring_others_are_followed() -> None:
    requirements = {
        BASE: [Requirement("a>=1,<2")],
        "x": [Requirement("neurolite[y]"), Requirement("b<4,>=3")],
        "y": [Requirement("neurolite[x]"), Requirement("c>=5,<6"), Requirement("b>=3.1,<4")],
    }
    assert expanded(requirements, []) == {"a": {">=1,<2"}}
    assert expanded(requirements, ["x"]) == {
        "a": {">=1,<2"},
        "b": {">=3,<4", ">=3.1,<4"},
        "c": {">=5,<6"},
    }


def test_the_table_sorts_releases_as_numbers() -> None:
    def run(end: str, version: str) -> dict[str, Any]:
        return {
            "trial": "t",
            "end": end,
            "ranges": {"a": [">=1.9,<2"]},
            "versions": {"a": version},
        }

    table = ranges_table({"runs": [run("newest", "1.10.0"), run("oldest", "1.9.2")]})
    assert table.splitlines()[-1] == "| a | >=1.9, <2 | 1.9.2 | 1.10.0 | t |"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--trial", "onx"], "--trial is 'onx'; choose one of: run, torch"),
        (["--end", "middle"], "--end is 'middle'; choose one of: oldest, newest"),
    ],
)
def test_what_cannot_be_run_is_said(arguments: list[str], said: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "neurolite_bench.ranges", *arguments]
    out = tmp_path / "ranges.json"
    done = subprocess.run(
        [*command, "--out", str(out)],
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": str(tmp_path)},
    )
    assert (done.returncode, out.exists()) == (2, False)
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_without_uv_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    app = typer.Typer()
    app.command()(ranges.main)
    done = CliRunner().invoke(app, ["--out", str(tmp_path / "ranges.json")])
    assert (done.exit_code, list(tmp_path.iterdir())) == (2, [])
    assert "uv is not installed. Install it: pip install uv" in done.stderr
