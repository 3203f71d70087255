"""The benchmark of experts: its table, its picture, and that it measures what it says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from neurolite_bench import experts, experts_accuracy
from neurolite_bench.experts_accuracy import accuracy_table
from neurolite_bench.experts_picture import PICTURE, drawn
from neurolite_bench.interleaved import Timing
from neurolite_core.network.experts_options import ExpertsOptions
from neurolite_export.target import ExportJob
from neurolite_export.targets.onnx.target import OnnxTarget
from texts import ROOT


def test_the_picture_is_what_the_code_draws() -> None:
    assert (ROOT / PICTURE).read_text("utf-8") == drawn()


def test_the_table_has_least_times_and_ratios() -> None:
    names = ("none", "one", "eight", "eight, two a text")
    row = {
        "target": "onnx",
        "precision": "int8",
        "rounds": 60,
        "milliseconds": {n: {"least": k + 1.0, "median": 9.0} for k, n in enumerate(names)},
        "of_one": {name: {"of_least": k + 0.5} for k, name in enumerate(names)},
    }
    environment = {"processor": "P", "measured_at": "2026-01-02T03:04:05"}
    table = experts.times_table({"rows": [row], "limit": 1.2, "environment": environment})
    assert "| onnx | int8 | 1.00 | 2.00 | 3.00 | 2.50 | 4.00 | 3.50 |" in table
    assert "P, 2026-01-02. At most 1.2 of one is wanted." in " ".join(table.split())


def test_the_table_of_accuracy_shows_what_was_judged() -> None:
    found = {
        "epochs": 12,
        "seeds": [0, 1],
        "validation": {"one": [0.5, 0.6], "eight": [0.6, 0.7]},
        "chosen": "eight",
        "test": {"one": [{"accuracy": 0.51}], "eight": [{"accuracy": 0.62}, {"accuracy": 0.64}]},
    }
    environment = {"measured_at": "2026-01-02T03:04:05"}
    table = accuracy_table({"sets": {"clinc150": found}, "environment": environment})
    assert "| clinc150 | one | 55.00 | 51.00 |" in table
    assert "| clinc150 | **eight** | 65.00 | 63.00 |" in table
    assert "12 passes, 2 seeds" in " ".join(table.split())


def test_validation_rows_choose_and_two_models_see_test_rows(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shares = {"none": 0.9, "one": 0.8, "four": 0.6, "eight": 0.7, "eight, two a text": 0.5}
    names = {tuple(options): name for name, options in experts_accuracy.MODELS.items()}
    judged: list[str] = []

    def train(_: object, options: tuple[str, ...], seed: int, epochs: int, work: Path) -> Path:
        assert (seed, epochs) == (3, 2)
        (work / "model").mkdir()
        report = {"accuracy": shares[names[tuple(options)]]}
        (work / "model" / "report.json").write_text(json.dumps(report))
        return work / "model"

    def tested(_: object, checkpoint: Path, __: Path) -> dict[str, float]:
        judged.append(checkpoint.parent.name)
        return {"accuracy": 0.5}

    monkeypatch.setattr(experts_accuracy, "read_set", lambda *_: None)
    monkeypatch.setattr(experts_accuracy, "train", train)
    monkeypatch.setattr(experts_accuracy, "tested", tested)
    found = experts_accuracy.measure("clinc150", tmp_path, [3], 2, tmp_path)
    assert found["chosen"] == "eight"  # the best of those that choose, not of all
    assert judged == ["one-3", "eight-3"]


def test_files_are_of_models_that_differ_in_their_experts_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    jobs: list[ExportJob] = []

    def build(_: OnnxTarget, job: ExportJob) -> bytes:
        jobs.append(job)
        return b"a file"

    timed: dict[str, Any] = {}

    def time_in_turn(calls: dict[str, Any], **options: Any) -> dict[str, Timing]:  # noqa: ANN401
        timed.update(options)
        return {name: Timing((2.0, 4.0)) for name in calls}

    monkeypatch.setattr(OnnxTarget, "build", build)
    monkeypatch.setattr(experts, "_call", lambda path: path)
    monkeypatch.setattr(experts, "time_in_turn", time_in_turn)
    record = experts.measure("onnx", "int8", 5, 7, tmp_path)
    found = [job.network.config.experts for job in jobs]
    assert found == [
        None,
        ExpertsOptions(count=1),
        ExpertsOptions(count=8),
        ExpertsOptions(count=8, top=2),
    ]
    assert len({job.network.config.backbone_options for job in jobs}) == 1
    assert timed == {"rounds": 5, "runs": dict.fromkeys(record["milliseconds"], 7)}
    assert record["milliseconds"]["eight"] == {"median": 3.0, "least": 2.0}
    assert record["of_one"]["eight"]["of_least"] == 1.0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--target", "coreml"], "--target is 'coreml'; choose one of: onnx, litert, executorch."),
        (["--precision", "float16"], "--precision is 'float16'; choose one of: float32, int8."),
        (["--rounds", "0"], "--rounds is 0; give a whole number from 1 to 10000."),
    ],
)
def test_what_cannot_be_measured_is_refused(options: list[str], message: str) -> None:
    app = typer.Typer()
    app.command()(experts.main)
    result = CliRunner().invoke(app, options)
    assert result.exit_code == 2
    assert message in " ".join(result.output.split())
