"""Trainings with experts: the options, what the checkpoint holds, and what the report says of each expert."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from neurolite_core import NeuroLiteConfig, load_checkpoint
from neurolite_core.network.experts_options import ExpertsOptions
from neurolite_core.training.cli import app
from training.making import rows, train, write_config, write_csv


def test_a_training_with_experts_says_what_each_is_used_for(tmp_path: Path) -> None:
    data = write_csv(tmp_path / "data.csv", 300)
    test = write_csv(tmp_path / "test.csv", 90, seed=1)
    config = write_config(tmp_path / "config.json")
    out = tmp_path / "out"
    options = ["--model-config", config, "--experts", 3, "--test", test, "--epochs", 20]
    figures = train(data, *options, "--wide", "on", "--out", out)
    assert figures["accuracy"] > 0.95
    network = load_checkpoint(out)
    assert network.config.experts == ExpertsOptions(count=3)
    assert network.config.wide is not None  # which is joined to the same network
    texts, labels = zip(*rows(90, seed=1), strict=True)
    with torch.no_grad():
        chosen = network(input_texts=list(texts))["expert"].tolist()
    found = json.loads((out / "report.json").read_text())["training"]["experts"]
    assert (found["texts"], found["top"]) == (90, 1)
    assert [row["expert"] for row in found["use"]] == [0, 1, 2]
    for row in found["use"]:
        mine = [
            label for label, expert in zip(labels, chosen, strict=True) if expert == row["expert"]
        ]
        assert row["texts"] == len(mine)
        assert row["share"] == pytest.approx(len(mine) / 90)
        assert {each["label"]: each["texts"] for each in row["labels"]} == {
            label: mine.count(label) for label in set(mine)
        }
    assert sum(row["texts"] for row in found["use"]) == 90
    for name in ("report.md", "report.html"):
        page = (out / name).read_text()
        assert "What experts are used for" in page
        assert f"{found['use'][0]['labels'][0]['label']} " in page
    assert "experts = 3" in (out / "run.toml").read_text()


def test_two_experts_of_several_labels_a_text(tmp_path: Path) -> None:
    data = write_csv(tmp_path / "data.csv", 120)
    config = write_config(tmp_path / "config.json")
    options = ["--experts", 4, "--experts-top", 2, "--multi-label", "--wide", "off"]
    train(data, "--model-config", config, *options, "--epochs", 2, "--out", tmp_path / "out")
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    found = report["training"]["experts"]
    assert sum(row["texts"] for row in found["use"]) == 2 * found["texts"] == 2 * report["texts"]
    assert "What experts are used for" in (tmp_path / "out" / "report.html").read_text()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--experts", "0"], "--experts is 0; give a whole number from 1 to 64."),
        (["--experts", "65"], "--experts is 65; give a whole number from 1 to 64."),
        (
            ["--experts", "4", "--experts-top", "3"],
            "--experts-top is 3; give a whole number from 1 to 2.",
        ),
        (
            ["--experts", "1", "--experts-top", "2"],
            "--experts-top is 2; give a whole number from 1 to 1.",
        ),
        (
            ["--experts-top", "2"],
            "--experts-top is 2, and the model has no experts. Say how many: --experts N",
        ),
        (["--experts", "4", "--start", "english"], "--experts was given with --start"),
    ],
)
def test_wrong_numbers_are_one_clear_line(tmp_path: Path, options: list[str], message: str) -> None:
    data = write_csv(tmp_path / "data.csv", 60)
    result = CliRunner().invoke(app, [str(data), "--out", str(tmp_path / "out"), *options])
    assert result.exit_code == 2, result.output
    assert message in " ".join(result.output.split())
    assert "Traceback" not in result.output


def test_the_command_changes_the_number_of_a_config_that_has_experts(tmp_path: Path) -> None:
    from neurolite_core.training.requesting import with_experts

    config = NeuroLiteConfig.from_json(write_config(tmp_path / "c.json").read_text())
    wide = with_experts(config, 8, 2)
    assert wide.experts == ExpertsOptions(count=8, top=2)
    assert with_experts(wide, 4, None).experts == ExpertsOptions(count=4, top=2)
    assert with_experts(wide, 1, None).experts == ExpertsOptions(count=1, top=1)
    assert with_experts(wide, None, 1).experts == ExpertsOptions(count=8, top=1)
    assert with_experts(config, None, None) == config
