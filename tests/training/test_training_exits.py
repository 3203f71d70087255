"""Trainings with exits: what the checkpoint holds, what the report says, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from backbones import ONE
from early_exits import exits_network
from neurolite_core import load_checkpoint
from neurolite_core.artifact.checkpoint import read_checkpoint, save_checkpoint
from neurolite_core.evaluation.early_exit import FEWEST_TEXTS
from neurolite_core.network.exits import thresholds_of
from neurolite_core.network.model import NeuroLiteForClassification
from neurolite_core.training.cli import app
from neurolite_core.training.starting.encoder import start_from_encoder
from training.making import rows, train, write_csv

SHAPE = ("table_size=512", "projection_size=16", "hidden_size=16", "max_words=16", "max_bytes=64")
SETTINGS = [part for each in (*SHAPE, "num_layers=3") for part in ("--set", each)]


def test_layers_before_the_last_answer_what_they_are_sure_of(tmp_path: Path) -> None:
    data = write_csv(tmp_path / "data.csv", 300)
    valid = write_csv(tmp_path / "valid.csv", 90, seed=2)
    test = write_csv(tmp_path / "test.csv", 90, seed=1)
    out = tmp_path / "out"
    options = ["--validation", valid, "--test", test, "--epochs", 12, "--exit-loss", 0.05]
    figures = train(data, *SETTINGS, "--exits", *options, "--wide", "on", "--out", out)
    network = load_checkpoint(out)
    assert network.exits is not None
    assert network.config.wide is not None
    texts, labels = zip(*rows(90, seed=1), strict=True)
    with torch.no_grad():
        answers = network(input_texts=list(texts))
    depth = answers["depth"].numpy()
    found = json.loads((out / "report.json").read_text())["training"]["exits"]
    assert figures["exits"] == found
    assert (found["layers"], found["allowed"], found["rows"]) == (3, 0.05, 90)
    assert tuple(found["thresholds"]) == pytest.approx(thresholds_of(network.exits))
    assert found["depth"] == pytest.approx(float(depth.mean()))
    assert found["depth"] < 3
    assert found["shares"] == pytest.approx([float((depth == layer).mean()) for layer in (1, 2, 3)])
    given = [network.labels[place] for place in answers["logits"].argmax(dim=1).tolist()]
    right = np.mean([own == wanted for own, wanted in zip(given, labels, strict=True)])
    assert found["accuracy"] == pytest.approx(right)
    assert figures["accuracy"] == pytest.approx(right)
    assert found["accuracies"][2] == found["accuracy_of_last"]
    assert [point["allowed"] for point in found["curve"]] == [0.0, 0.001, 0.002, 0.005, 0.01, 0.02]
    assert "exits = true" in (out / "run.toml").read_text()


def test_what_was_opened_is_closed_for_a_training_that_begins_with_it(tmp_path: Path) -> None:
    texts = [text.encode() for text, _ in rows(60, seed=3)]
    torch.manual_seed(0)
    opened = exits_network(ONE, texts)
    assert opened.exits is not None
    assert None not in thresholds_of(opened.exits)
    save_checkpoint(opened, tmp_path)
    network = NeuroLiteForClassification(opened.config, num_labels=3)
    start_from_encoder(network, read_checkpoint(tmp_path))
    assert network.exits is not None
    assert thresholds_of(network.exits) == (None, None)
    for own, theirs in zip(network.exits.each(), opened.exits.each(), strict=True):
        assert torch.equal(own.norm.weight, theirs.norm.weight)
        assert (float(own.scale), float(own.shift)) == (1.0, 0.0)


def test_too_few_rows_leave_exits_closed(tmp_path: Path) -> None:
    data = write_csv(tmp_path / "data.csv", 120)
    valid = write_csv(tmp_path / "valid.csv", FEWEST_TEXTS - 1, seed=2)
    out = tmp_path / "out"
    options = ["--validation", valid, "--epochs", 1, "--folds", 0, "--wide", "off"]
    figures = train(data, *SETTINGS, "--exits", *options, "--out", out)
    assert f"it takes {FEWEST_TEXTS}" in figures["exits"]["why_none"]
    network = load_checkpoint(out)
    assert network.exits is not None
    assert thresholds_of(network.exits) == (None, None)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--exit-loss", "0.1"], "--exit-loss is 0.1, and there are no exits"),
        (["--exits", "--exit-loss", "0.6"], "exit_loss is 0.6; give 0 to 0.5."),
        (["--exits", "--multi-label"], "--exits was given, and only a classifier of one label"),
        (["--exits", "--conversation", "c"], "--exits was given, and only a classifier of one"),
        (["--exits", "--experts", "2"], "The config has experts and exits"),
        (["--exits", "--set", "num_layers=1"], "its backbone 1 layer"),
        (["--exits", "--start", "english"], "--exits was given with --start"),
        (["--exits", "--backbone", "reservoir", "--epochs", "0"], "--exits"),
    ],
)
def test_what_cannot_be_is_one_clear_line(tmp_path: Path, options: list[str], message: str) -> None:
    data = write_csv(tmp_path / "data.csv", 60)
    result = CliRunner().invoke(app, [str(data), "--out", str(tmp_path / "out"), *options])
    assert result.exit_code == 2, result.output
    assert message in " ".join(result.output.split())
    assert "Traceback" not in result.output
