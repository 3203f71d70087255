"""The benchmark of backbones: equal conditions, what is chosen and kept, its tables, and files that are timed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from artifacts import Store
from bench.intents import split_of
from neurolite_bench.backbones.__main__ import app
from neurolite_bench.backbones.choosing import best
from neurolite_bench.backbones.rows import CLOSED, COMPARED, RATES, ROWS, RUNTIMES
from neurolite_bench.backbones.speed import time_files
from neurolite_bench.backbones.store import add_part, add_runs, read_result
from neurolite_bench.backbones.table import accuracy_table, cost_table, int8_table
from neurolite_bench.backbones.training import Run, train_command
from neurolite_bench.quality_sets import write_rows
from neurolite_core.ground.errors import InputError
from neurolite_core.network.backbones.table import BACKBONES

FILES = {split: Path(f"{split}.csv") for split in ("train", "validation", "test")}


def run_of(row: str, name: str, seed: int = 0, **changes: object) -> dict[str, Any]:
    values: dict[str, Any] = {"row": row, "set": name, "seed": seed, "rate": 0.003}
    values |= {"accuracy": 0.9, "float_accuracy": 0.91, "typo_accuracy": 0.8, "agreement": 0.995}
    return values | {"size_bytes": 1_200_000, "refused": []} | changes


def test_every_backbone_has_a_row_and_all_train_alike() -> None:
    assert set(ROWS) == {*BACKBONES, CLOSED}
    for name, item in COMPARED.items():
        commands = {
            row: train_command(Run(row, name, 1, 0.003), FILES, Path("out")) for row in BACKBONES
        }
        without = {
            tuple(word for word in command if word != row) for row, command in commands.items()
        }
        assert len(without) == 1
        assert set(item.options) <= set(commands["ssm"])
    closed = train_command(Run(CLOSED, "snips", 0, None), FILES, Path("out"))
    assert closed[closed.index("--epochs") + 1] == "0"
    assert "--learning-rate" not in closed


def test_validation_rows_choose_the_rate() -> None:
    found = [0.91, 0.93, 0.93]
    tried = [
        (Run("ssm", "snips", 0, rate), {"validation_accuracy": value})
        for rate, value in zip(RATES, found, strict=True)
    ]
    assert best(tried)[0].rate == RATES[1]


def test_a_run_takes_the_place_of_its_like(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    add_runs(path, [run_of("ssm", "snips"), run_of("ssm", "snips", 1)])
    add_runs(path, [run_of("ssm", "snips", accuracy=0.5), run_of("fnet", "snips")])
    add_part(path, "sizes", {"fnet": {"onnx": 1}})
    add_part(path, "sizes", {"fnet": {"litert": 2}, "ssm": {"onnx": 3}})
    result = read_result(path)
    kept = [(run["row"], run["seed"], run["accuracy"]) for run in result["runs"]]
    assert kept == [("fnet", 0, 0.9), ("ssm", 0, 0.5), ("ssm", 1, 0.9)]
    assert result["sizes"]["files"] == {"fnet": {"onnx": 1, "litert": 2}, "ssm": {"onnx": 3}}
    assert "environment" in result["sizes"]
    for content in ("[", "[]", '{"benchmark": "quality", "runs": []}'):
        path.write_text(content)
        with pytest.raises(InputError, match="give another --out"):
            read_result(path)


def test_tables_show_what_is_there() -> None:
    runs = [run_of("ssm", "snips", seed, accuracy=0.9 + seed / 100) for seed in range(3)]
    runs += [run_of("mixer", "sst2", refused=["same top answer: 90 of 100"])]
    runs += [run_of(CLOSED, "clinc150", rate=None)]
    result = {"runs": runs}
    lines = accuracy_table(result).splitlines()
    assert "| `ssm` | - | - | 91.0 (90.0 to 92.0) | 80.0 (80.0 to 80.0) | - | - | - | - |" in lines
    assert "| `mixer` | - | - | - | - | 90.0 * | - | - | - |" in lines
    lines = int8_table(result).splitlines()
    assert "| `ssm` | - | 0.00 (99.5) | - | - | - | - | - |" in lines
    assert "| `reservoir`, closed form | 1.00 (99.5) | - | - | - | - | - | 1.20 |" in lines


def test_costs_are_one_line_each() -> None:
    timed = {f"{count}_words": {"median_ms": count / 10} for count in (12, 256)}
    row: dict[str, Any] = {kind: {**timed, "memory_bytes": 2_500_000} for kind in RUNTIMES}
    row |= {"growth": {"times": 40.4}, "step_ms": {"median_ms": 99.6}}
    row["litert"]["memory_bytes"] = None
    sizes = {"fnet": dict.fromkeys(RUNTIMES, 1_250_000)}
    speed = {"fnet": row, "mixer": {"onnx": row["onnx"]}}
    mixer, found = cost_table({"sizes": {"files": sizes}, "speed": {"files": speed}}).splitlines()[
        2:
    ]
    assert mixer == "| `mixer` | 1.20 / 25.60 | - | - | - | 2.5 / - / - | - / - / - | - |"
    times = "| 1.20 / 25.60 " * 3
    assert found == f"| `fnet` {times}| 40 | 2.5 / - / 2.5 | 1.25 / 1.25 / 1.25 | 100 |"


def test_files_are_timed_in_turn_each_in_its_process(exported: Store) -> None:
    built = exported("onnx", "backbone-fnet", "float32")
    found = time_files({"one": built.path, "two": built.path}, "onnx", (2, 12), rounds=2)
    assert set(found) == {"one", "two"}
    for timed in found.values():
        assert {count: len(values) for count, values in timed.medians_ms.items()} == {2: 2, 12: 2}
        assert all(0 < value < 1_000 for values in timed.medians_ms.values() for value in values)
        assert timed.runtime.startswith("onnxruntime")
        assert timed.memory_bytes is None or timed.memory_bytes > 100_000


def test_a_row_is_trained_exported_and_measured(tmp_path: Path) -> None:
    for split, (first, last) in {"train": (0, 12), "valid": (12, 15), "test": (15, 20)}.items():
        rows = split_of(first, last, ("book", "music"))
        write_rows(tmp_path / f"snips/{split}.csv", rows.texts, rows.labels)
    out = tmp_path / "result.json"
    given = [CLOSED, "snips", "--data", str(tmp_path), "--out", str(out)]
    done = CliRunner().invoke(app, ["train", *given])
    assert done.exit_code == 0, done.output
    (run,) = json.loads(out.read_text())["runs"]
    assert run["accuracy"] > 0.7
    assert run["float_accuracy"] > 0.7
    assert (run["row"], run["rate"]) == (CLOSED, None)
    assert str(tmp_path) not in run["command"]
    refused = CliRunner().invoke(app, ["train", "rnn", "snips"])
    assert refused.exit_code == 2
    joined = tmp_path / "joined.json"
    assert CliRunner().invoke(app, ["collect", str(out), "--out", str(joined)]).exit_code == 0
    assert [each["row"] for each in read_result(joined)["runs"]] == [CLOSED]
