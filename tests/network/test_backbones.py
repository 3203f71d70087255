"""What every row of the table of backbones keeps to: padding, batches, any bytes, sizes, and where gradients go."""

from __future__ import annotations

import dataclasses
import json
from typing import Final

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from backbones import LIKE, ONE, backbone_config
from neurolite_core.artifact.checkpoint import load_checkpoint, save_checkpoint
from neurolite_core.artifact.model_id import model_id_of
from neurolite_core.ground.errors import InputError
from neurolite_core.network.backbones.ssm_options import SsmOptions
from neurolite_core.network.backbones.table import BACKBONES
from neurolite_core.network.config import PRESETS, NeuroLiteConfig
from neurolite_core.network.counting import count_parameters
from neurolite_core.network.model import NeuroLiteForClassification
from neurolite_core.network.settings import with_backbone, with_settings
from neurolite_core.training.choosing.sizes import onnx_bytes
from texts import ROOT

ALL: Final = tuple(BACKBONES)
LONG: Final = ONE.replace(max_words=40, max_bytes=256)


def made(name: str, config: NeuroLiteConfig = LONG) -> NeuroLiteForClassification:
    """A network of a backbone, with norms and biases that have learned something."""
    torch.manual_seed(3)
    network = NeuroLiteForClassification(backbone_config(name, config), num_labels=3).eval()
    for key, parameter in network.named_parameters():
        if key.endswith("bias"):
            torch.nn.init.normal_(parameter, std=0.3)
    return network


@pytest.fixture(scope="module", params=ALL)
def network(request: pytest.FixtureRequest) -> NeuroLiteForClassification:
    return made(request.param)


@torch.no_grad()
def test_padding_changes_nothing(network: NeuroLiteForClassification) -> None:
    torch.manual_seed(0)
    x, noise = torch.randn(2, 7, 32), torch.randn(2, 30, 32)
    counts = torch.tensor([7, 4])
    short = (torch.arange(7) < counts[:, None]).float()[:, :, None]
    long = (torch.arange(37) < counts[:, None]).float()[:, :, None]
    backbone = network.model.backbone
    expected = backbone(x, short)
    found = backbone(torch.cat([x, noise], dim=1), long)[:, :7]
    torch.testing.assert_close(found[0], expected[0], rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(found[1, :4], expected[1, :4], rtol=1e-5, atol=1e-5)
    x[1, 4:] = 50.0  # nor does what stands in it
    torch.testing.assert_close(backbone(x, short)[1, :4], expected[1, :4], rtol=1e-5, atol=1e-5)


TEXTS = st.lists(st.binary(max_size=90) | st.text(max_size=40), min_size=1, max_size=6)


@given(texts=TEXTS)
@settings(max_examples=25, deadline=None)
@torch.no_grad()
def test_batches_equal_single_texts_and_any_bytes_are_answered(
    network: NeuroLiteForClassification, texts: list[bytes | str]
) -> None:
    together = network(input_texts=texts)["logits"]
    assert torch.isfinite(together).all()
    alone = torch.cat([network(input_texts=[text])["logits"] for text in texts])
    torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-4)


def test_words_far_away_matter(network: NeuroLiteForClassification) -> None:
    """All words mix with all, from both ends: the first word's vector knows the last, and the other way round."""
    x = torch.randn(1, 20, 32, requires_grad=True)
    mask = torch.ones(1, 20, 1)
    for read, changed in ((0, 19), (19, 0)):
        (gradient,) = torch.autograd.grad(network.model.backbone(x, mask)[0, read].sum(), x)
        assert gradient[0, changed].abs().max() > 1e-7


def test_gradients_reach_every_parameter(network: NeuroLiteForClassification) -> None:
    text = " ".join(f"w{number}" for number in range(40))
    network(input_texts=[text, "two words"])["logits"].square().sum().backward()
    without = [
        name
        for name, parameter in network.named_parameters()
        if parameter.grad is None or not parameter.grad.any()
    ]
    network.zero_grad()
    assert without == []


@pytest.mark.parametrize("name", ALL)
def test_presets_are_of_comparable_size(name: str) -> None:
    for size, most in (("tiny", 1.02), ("small", 1.05), ("base", 1.06)):
        own = PRESETS[size]()
        config = with_backbone(own, name)
        assert config.backbone == name
        mixer, other = (
            count_parameters(NeuroLiteForClassification(each)) for each in (own, config)
        )
        assert 1 / most < other / mixer < most
    labels = [f"label {number}" for number in range(150)]
    assert onnx_bytes(with_backbone(NeuroLiteConfig.tiny(), name), "classification", labels) < 1.4e6


@pytest.mark.parametrize("name", ALL)
def test_configs_and_checkpoints_are_read_back(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    config = backbone_config(name, ONE)
    assert NeuroLiteConfig.from_json(config.to_json()) == config
    folder = tmp_path_factory.mktemp(name)
    network = made(name, ONE)
    save_checkpoint(network, folder)
    loaded = load_checkpoint(folder)
    texts = ["book a table", ""]
    with torch.no_grad():
        assert torch.equal(loaded(texts)["logits"], network(texts)["logits"])
    assert model_id_of(loaded) == model_id_of(network)


@pytest.mark.parametrize("name", ALL)
def test_options_are_checked(name: str) -> None:
    options = BACKBONES[name].like(LIKE, 32)
    for field in dataclasses.fields(options):
        with pytest.raises(InputError, match=f"{field.name} is -1"):
            dataclasses.replace(options, **{field.name: -1})
    values = json.loads(backbone_config(name, ONE).to_json())
    values["backbone_options"]["colour"] = 1
    with pytest.raises(InputError, match="Unknown key 'colour' in backbone_options"):
        NeuroLiteConfig.from_json(json.dumps(values))


def test_settings_are_typed() -> None:
    config = with_backbone(NeuroLiteConfig.tiny(), "ssm")
    changed = with_settings(config, ["causal=true", "state=2", "hidden_size=64", "dropout=0.2"])
    assert (changed.hidden_size, changed.dropout) == (64, 0.2)
    options = config.backbone_options
    assert isinstance(options, SsmOptions)
    assert changed.backbone_options == dataclasses.replace(options, causal=True, state=2)
    assert with_settings(config, []) is config
    twice = with_settings(config, ["state=2", "state=3"]).backbone_options
    assert twice == dataclasses.replace(options, state=3)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("state", "--set is 'state'; give NAME=VALUE"),
        ("states=2", "nothing that is called 'states'.*Did you mean state?"),
        ("zebra=2", "nothing that is called 'zebra'.*Known are: table_size"),
        ("backbone=fnet", "nothing that is called 'backbone'"),
        ("state=two", "--set state= has 'two'; give a whole number"),
        ("causal=yes", "--set causal= has 'yes'; give true or false"),
        ("dropout=", "--set dropout= has ''; give a number"),
        ("state=0", "state is 0; give a whole number from 1 to 64"),
        ("token_hidden=3", "nothing that is called 'token_hidden'"),
    ],
)
def test_bad_settings_are_named(setting: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        with_settings(with_backbone(NeuroLiteConfig.tiny(), "ssm"), [setting])


def test_other_backbones_of_presets_alone() -> None:
    config = with_backbone(NeuroLiteConfig.tiny(), "ssm")
    assert with_backbone(config, "ssm") is config
    with pytest.raises(InputError, match="the config's is 'ssm' with options of its own"):
        with_backbone(config, "fnet")
    with pytest.raises(InputError, match="--backbone is 'rnn'; choose one of: mixer, hypermixer"):
        with_backbone(config, "rnn")


def test_names_of_fields_and_options_do_not_meet() -> None:
    own = {field.name for field in dataclasses.fields(NeuroLiteConfig)}
    for row in BACKBONES.values():
        assert not own & {field.name for field in dataclasses.fields(row.options)}


def test_options_that_no_weight_shows_make_another_model() -> None:
    """Two that compute different vectors by equal weights are not taken for one."""
    config = backbone_config("fnet", ONE)
    other = with_settings(config, ["period=5"])
    torch.manual_seed(0)
    first = NeuroLiteForClassification(config).eval()
    second = NeuroLiteForClassification(other).eval()
    second.load_state_dict(first.state_dict())
    assert np.isfinite(count_parameters(first))
    assert model_id_of(first) != model_id_of(second)


@pytest.mark.parametrize("name", ALL)
def test_the_page_says_how_many_parameters_each_has(name: str) -> None:
    row = next(  # of the first table; those of what was measured stand below it
        line
        for line in (ROOT / "docs/backbones.md").read_text("utf-8").splitlines()
        if line.startswith(f"| `{name}` |")
    )
    network = NeuroLiteForClassification(with_backbone(NeuroLiteConfig.tiny(), name))
    count = sum(parameter.numel() for parameter in network.model.backbone.parameters())
    assert row.endswith(f"| {count:,} |")
    given, _, _ = row.rpartition(" | ")
    options = {field.name for field in dataclasses.fields(BACKBONES[name].options)}
    new = options - {field.name for field in dataclasses.fields(type(LIKE))}
    assert all(f"`{option}`" in given for option in new)
