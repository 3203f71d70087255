"""Networks that grow by stages: 1, 2 and 4 layers, each from the last."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch
from safetensors.numpy import load_file
from typer.testing import CliRunner

from backbones import ONE, backbone_config
from neurolite_core import load_checkpoint
from neurolite_core.artifact.checkpoint import read_checkpoint, save_checkpoint
from neurolite_core.ground.errors import InputError
from neurolite_core.network.backbones.table import BACKBONES
from neurolite_core.network.growing import BLOCKS, stacked
from neurolite_core.network.model import NeuroLiteForClassification
from neurolite_core.training.choosing.deeper import deepens, deeper, layers_of
from neurolite_core.training.cli import app
from neurolite_core.training.starting.encoder import start_from_encoder
from sparsity import SPARSE, most_of_four
from training.making import train, write_csv

SHAPE = ("table_size=512", "projection_size=16", "hidden_size=16", "max_words=16", "max_bytes=64")
GROWING = [name for name in BACKBONES if layers_of(backbone_config(name, ONE)) > 0]


@pytest.mark.parametrize("name", GROWING)
def test_blocks_begin_as_those_of_the_shallow_one_in_turn(name: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    config = deeper(backbone_config(name, ONE), ()).replace(dropout=0.0)
    two = config.replace(
        backbone_options=dataclasses.replace(config.backbone_options, num_layers=2)  # type: ignore[call-arg]
    )
    shallow = NeuroLiteForClassification(two, num_labels=3).eval()
    save_checkpoint(shallow, tmp_path)
    deep = NeuroLiteForClassification(deeper(two, ["num_layers=5"]), num_labels=2).eval()
    start_from_encoder(deep, read_checkpoint(tmp_path))
    own, values = deep.state_dict(), shallow.state_dict()
    for key, value in own.items():
        if key.startswith("head."):
            continue
        number, _, rest = key.removeprefix(BLOCKS).partition(".")
        source = f"{BLOCKS}{int(number) % 2}.{rest}" if key.startswith(BLOCKS) else key
        assert torch.equal(value, values[source]), key


def test_the_vector_is_that_of_the_shallow_ones_blocks_twice(tmp_path: Path) -> None:
    torch.manual_seed(0)
    config = backbone_config("columns", ONE)
    shallow = NeuroLiteForClassification(config, num_labels=3).eval()
    save_checkpoint(shallow, tmp_path)
    deep = NeuroLiteForClassification(deeper(config, ["num_layers=2"]), num_labels=3).eval()
    start_from_encoder(deep, read_checkpoint(tmp_path))
    x, mask = torch.randn(2, 9, 32), torch.ones(2, 9, 1)
    once = shallow.model.backbone
    with torch.no_grad():
        torch.testing.assert_close(deep.model.backbone(x, mask), once(once(x, mask), mask))


def test_stages_are_trained_one_from_another(tmp_path: Path) -> None:
    data, out = write_csv(tmp_path / "data.csv", 200), tmp_path / "1"
    settings = (*SHAPE, "token_hidden=8", "channel_hidden=16", "num_layers=1")
    options = [word for each in settings for word in ("--set", each)]
    train(data, "--backbone", "columns", *options, "--epochs", 8, "--wide", "off", "--out", out)
    for layers in (2, 4):
        start, out = out, tmp_path / str(layers)
        grow = ("--start", start, "--set", f"num_layers={layers}", "--wide", "off")
        figures = train(data, *grow, "--epochs", 4, "--out", out)
        assert figures["start"] == start.name
        config = load_checkpoint(out).config
        assert (config.backbone, layers_of(config), config.hidden_size) == ("columns", layers, 16)
        values = load_file(out / "model.safetensors")
        sparse = [value for name, value in values.items() if name.endswith(SPARSE)]
        assert len(sparse) >= 4
        assert {most_of_four(value) for value in sparse} == {2}
        assert figures["accuracy"] > 0.8


@pytest.mark.parametrize("layers", [0, 1])
def test_it_does_not_shrink(tmp_path: Path, layers: int) -> None:
    network = NeuroLiteForClassification(backbone_config("columns", ONE), num_labels=3)
    save_checkpoint(network.eval(), tmp_path / "one")
    data = write_csv(tmp_path / "data.csv", 60)
    grow = ["--start", str(tmp_path / "one"), "--set", f"num_layers={layers}"]
    result = CliRunner().invoke(app, [str(data), "--out", str(tmp_path / "out"), *grow])
    assert result.exit_code == 2, result.output
    message = " ".join(result.output.split())
    assert (
        f"--set num_layers={layers} was given with --start, whose encoder has 1 layers" in message
    )
    assert "Give a larger number" in message


def test_nothing_but_layers_grows() -> None:
    assert deepens("folder", ["num_layers=4"])
    assert deepens("english", ["num_layers=4", "num_layers=8"])
    assert not deepens("folder", ["num_layers=4", "window=0"])
    assert not deepens("folder", [])
    assert not deepens("auto", ["num_layers=4"])
    assert not deepens("none", ["num_layers=4"])
    config = backbone_config("mixer", ONE)
    none = config.replace(
        backbone_options=dataclasses.replace(config.backbone_options, num_layers=0)  # type: ignore[call-arg]
    )
    with pytest.raises(InputError, match="has 0 layers; it can only grow from 1 or more"):
        deeper(none, ["num_layers=2"])


def test_as_many_layers_are_the_same() -> None:
    values = {f"{BLOCKS}0.a": torch.zeros(1), f"{BLOCKS}1.a": torch.ones(1), "b": torch.ones(2)}
    assert stacked(values, 2, 2) == values
    assert set(stacked(values, 2, 3)) == {*values, f"{BLOCKS}2.a"}
