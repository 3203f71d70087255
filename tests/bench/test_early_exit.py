"""The benchmark of early exits: three models that differ in their exits alone, its clock and its table."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from typer import Typer
from typer.testing import CliRunner

from neurolite_bench.early_exit import FIRST, LAST, WITHOUT, source_of, times_table
from neurolite_bench.early_exit import main as command
from neurolite_bench.interleaved import time_in_turn
from neurolite_core.network.exits import thresholds_of


def test_models_differ_in_their_exits_alone() -> None:
    sources = {kind: source_of(kind, "mixer", 3) for kind in (WITHOUT, FIRST, LAST)}
    configs = {kind: source.network.config for kind, source in sources.items()}
    assert configs[FIRST] == configs[LAST]
    assert configs[FIRST].replace(exits=None) == configs[WITHOUT]
    depths = {
        kind: source.network([b"any text"])["depth"].tolist()
        for kind, source in sources.items()
        if kind != WITHOUT
    }
    assert depths == {FIRST: [1], LAST: [3]}
    closed = sources[LAST].network.exits
    assert closed is not None
    assert thresholds_of(closed) == (None, None)


def test_calls_are_timed_by_the_clock_that_is_given() -> None:
    ticks = itertools.count(0, 3_000_000)
    found = time_in_turn(
        {"one": lambda: None}, rounds=2, runs={"one": 3}, clock=lambda: next(ticks)
    )
    assert found["one"].rounds_ms == (3.0, 3.0)


def test_a_row_has_a_runtime_and_a_length() -> None:
    times = {
        WITHOUT: {"median": 0.5, "least": 0.4, "of_without": 1.0},
        FIRST: {"median": 0.3, "least": 0.25, "of_without": 0.61},
        LAST: {"median": 0.7, "least": 0.6, "of_without": 1.499},
    }
    row: dict[str, Any] = {"target": "litert", "precision": "int8", "layers": 4, "rounds": 40}
    row |= {
        "bytes": {WITHOUT: 1_000, FIRST: 1_500, LAST: 12_345},
        "milliseconds": {"12 words": times},
    }
    environment = {"processor": "a processor", "measured_at": "2026-11-28T00:00:00+00:00"}
    lines = times_table({"rows": [row], "environment": environment}).splitlines()
    assert lines[2] == "| LiteRT, 12 words | 0.400 | 0.250 | 0.61 | 0.600 | 1.50 | 11,345 |"
    assert lines[0].startswith("| int8, 4 layers |")
    assert "40 rounds" in " ".join(lines)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--layers", "1"), "--layers is 1"),
        (("--target", "coreml"), "--target is 'coreml'"),
        (("--backbone", "rnn"), "--backbone is 'rnn'"),
        (("--rounds", "0"), "--rounds is 0"),
    ],
)
def test_wrong_options_are_named(given: tuple[str, str], said: str) -> None:
    app = Typer()
    app.command()(command)
    done = CliRunner().invoke(app, list(given))
    assert done.exit_code == 2
    assert said in done.output
