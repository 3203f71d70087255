"""Trainings with another backbone: the options, what the checkpoint holds, and that it exports."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from neurolite_core import load_checkpoint
from neurolite_core.network.backbones.ssm_options import SsmOptions
from neurolite_core.training.cli import app
from neurolite_export.cli import app as export_app
from training.making import train, write_config, write_csv

SHAPE = ("table_size=512", "projection_size=16", "hidden_size=16", "max_words=16", "max_bytes=64")


def test_a_trained_backbone_is_in_the_checkpoint_and_in_the_file(tmp_path: Path) -> None:
    data, out = write_csv(tmp_path / "data.csv", 300), tmp_path / "out"
    settings = [("--set", each) for each in (*SHAPE, "inner=16", "num_layers=1", "causal=true")]
    options = [word for pair in settings for word in pair]
    figures = train(
        data, "--backbone", "ssm", *options, "--epochs", 20, "--wide", "off", "--out", out
    )
    assert figures["accuracy"] > 0.9
    config = load_checkpoint(out).config
    assert (config.backbone, config.hidden_size, config.max_bytes) == ("ssm", 16, 64)
    assert config.backbone_options == SsmOptions(num_layers=1, inner=16, causal=True)
    saved = (out / "run.toml").read_text()
    assert 'backbone = "ssm"' in saved
    assert '"causal=true"' in saved
    arguments = ["--checkpoint", str(out), "--out", str(tmp_path / "files")]
    done = CliRunner().invoke(export_app, arguments)
    assert done.exit_code == 0, done.output


def test_a_report_says_how_often_neurons_spike(tmp_path: Path) -> None:
    data, out = write_csv(tmp_path / "data.csv", 120), tmp_path / "out"
    shape = (*SHAPE, "num_layers=1", "token_hidden=8", "channel_hidden=16", "steps=3")
    options = [word for each in shape for word in ("--set", each)]
    train(data, "--backbone", "spiking", *options, "--epochs", 2, "--wide", "off", "--out", out)
    spikes = json.loads((out / "report.json").read_text())["training"]["spikes"]
    assert 0.01 < spikes["rate"] < 0.9
    assert spikes["nanojoules"] == pytest.approx(spikes["additions"] * 0.9e-3)
    assert spikes["nanojoules_of_numbers"] == pytest.approx(spikes["multiplications"] * 4.6e-3)
    assert "spikes.rate" in (out / "report.md").read_text()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ["--backbone", "rnn"],
            "--backbone is 'rnn'; choose one of: mixer, hypermixer, fnet, ssm, liquid, reservoir,",
        ),
        (["--set", "num_layers"], "--set is 'num_layers'; give NAME=VALUE, such as num_layers=3."),
        (["--backbone", "fnet", "--set", "periods=8"], "Did you mean period?"),
        (["--backbone", "hypermixer", "--set", "heads=7"], "no multiple of it; give a divisor."),
        (["--backbone", "ssm", "--start", "english"], "--backbone was given with --start"),
        (["--set", "window=0", "--start", "english"], "--set was given with --start"),
    ],
)
def test_wrong_shapes_are_one_clear_line(tmp_path: Path, options: list[str], message: str) -> None:
    data = write_csv(tmp_path / "data.csv", 60)
    result = CliRunner().invoke(app, [str(data), "--out", str(tmp_path / "out"), *options])
    assert result.exit_code == 2, result.output
    assert message in " ".join(result.output.split())
    assert "Traceback" not in result.output


def test_a_config_of_ones_own_keeps_its_backbone(tmp_path: Path) -> None:
    data, path = write_csv(tmp_path / "data.csv", 60), tmp_path / "config.json"
    text = write_config(path).read_text()
    options = '"backbone_options": {"num_layers": 1, "channel_hidden": 8, "period": 4}'
    start, end = text.index('"backbone_options"'), text.index("}", text.index("backbone_options"))
    path.write_text(
        text.replace('"backbone": "mixer"', '"backbone": "fnet"').replace(
            text[start : end + 1], options
        )
    )
    given = [str(data), "--out", str(tmp_path / "out"), "--model-config", str(path)]
    result = CliRunner().invoke(app, [*given, "--backbone", "ssm"])
    assert result.exit_code == 2
    assert "the config's is 'fnet' with options of its own" in " ".join(result.output.split())


@pytest.mark.parametrize("options", [["--backbone", "ssm"], ["--set", "num_layers=1"]])
def test_a_trained_model_is_exported_in_its_own_shape(tmp_path: Path, options: list[str]) -> None:
    arguments = ["--out", str(tmp_path), "--model", "intents", *options]
    result = CliRunner().invoke(export_app, arguments)
    assert result.exit_code == 2
    assert "--backbone and --set shape the random model of --size" in " ".join(
        result.output.split()
    )
