"""Flat names of configs: what each stands for, what contradicts it, and the presets as they always were."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
import re
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np
import pytest
import torch
from torch.nn import functional

from neurolite_core import MemoryOptions, NeuroLiteConfig, NeuroLiteForClassification
from neurolite_core.artifact.checkpoint import load_checkpoint, save_checkpoint
from neurolite_core.ground.errors import InputError
from neurolite_core.network.backbones.mixer_options import MixerOptions
from neurolite_core.network.backbones.options import BackboneOptions
from neurolite_core.network.backbones.table import BACKBONES, BackboneRow
from neurolite_core.network.config import PRESETS
from neurolite_core.network.config_values import ConfigValues, FlatValues
from neurolite_core.network.experts import routing_loss_of
from neurolite_core.network.experts_options import ExpertsOptions
from neurolite_core.network.model import NeuroLiteForEmbedding
from neurolite_core.network.rules_options import RulesOptions
from neurolite_core.network.ruling import with_rules
from neurolite_core.network.state_spec import initial_state
from neurolite_core.rules.reading import parse_rules
from neurolite_core.text.words import pack_texts
from neurolite_export.exporting import metadata_of
from neurolite_export.probes import Probes
from neurolite_export.source import Source
from neurolite_export.target import ExportJob
from neurolite_export.targets import TARGETS

# Before a config had flat names: table, projection, hidden size, channel width, layers, token width.
SHAPES = {
    "tiny": (8_192, 96, 96, 192, 2, 64),
    "small": (16_384, 144, 144, 288, 4, 128),
    "base": (30_720, 224, 224, 448, 4, 128),
    "english": (7_168, 256, 96, 192, 2, 64),
    "micro": (6_144, 96, 96, 192, 2, 64),
}
FLAGS = ("use_external_memory", "use_dynamic_routing", "use_symbolic_module")
SMALL = NeuroLiteConfig.small()


def whole() -> NeuroLiteConfig:
    """The line that people who know the architecture write."""
    return NeuroLiteConfig(
        hidden_size=256,
        num_mixer_layers=6,
        use_external_memory=True,
        use_dynamic_routing=True,
        use_symbolic_module=True,
        num_experts=4,
    )


def made(**values: Any) -> NeuroLiteConfig:  # noqa: ANN401
    """A config of values that types would refuse."""
    return NeuroLiteConfig(**values)


def test_the_line_that_people_expect() -> None:
    assert whole() == NeuroLiteConfig(
        table_size=30_720,
        projection_size=224,
        hidden_size=256,
        backbone_options=MixerOptions(num_layers=6, token_hidden=128, channel_hidden=512),
        memory=MemoryOptions(),
        experts=ExpertsOptions(count=4),
        rules=RulesOptions(num_rules=0),
    )
    assert (whole().num_mixer_layers, whole().num_experts) == (6, 4)
    assert all(getattr(whole(), flag) for flag in FLAGS)


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_unchanged(name: str) -> None:
    config, shape = PRESETS[name](), SHAPES[name]
    encoder = name == "english"
    expected = {
        "backbone": "mixer",
        "backbone_options": dict(
            zip(("channel_hidden", "num_layers", "token_hidden"), shape[3:], strict=True)
        ),
        "bag": encoder,
        "dropout": 0.1,
        "exits": None,
        "experts": None,
        "generation": None,
        "hash_version": 2,
        "hidden_size": shape[2],
        "max_bytes": 512 if name == "micro" else 4096,
        "max_words": {"english": 128, "micro": 32}.get(name, 256),
        "memory": None,
        "num_hashes": 16,
        "pooling": "mean",
        "projection_size": shape[1],
        "rules": None,
        "spans": None,
        "table_bits": 4 if name in {"english", "micro"} else 32,
        "table_size": shape[0],
        "wide": None,
        "window": 1,
    }
    assert config.to_json() == json.dumps(expected, indent=2) + "\n"
    flat = (config.num_mixer_layers, config.num_experts, *(getattr(config, each) for each in FLAGS))
    assert flat == (shape[4], 0, False, False, False)
    off = config.replace(**dict.fromkeys(FLAGS, False), num_experts=0)  # type: ignore[arg-type]
    assert off == config


@pytest.mark.parametrize(
    ("hidden", "preset"),
    [
        (4, "tiny"),
        (96, "tiny"),
        (120, "tiny"),
        (121, "small"),
        (144, "small"),
        (184, "small"),
        (185, "base"),
        (224, "base"),
        (4096, "base"),
    ],
)
def test_the_nearest_preset_gives_what_is_left_out(hidden: int, preset: str) -> None:
    config, near = NeuroLiteConfig(hidden_size=hidden), PRESETS[preset]()
    width = dataclasses.asdict(near.backbone_options) | {"channel_hidden": 2 * hidden}
    assert config == dataclasses.replace(
        near, hidden_size=hidden, backbone_options=MixerOptions(**width)
    )
    assert (config == near) == (hidden == near.hidden_size)


def test_without_a_hidden_size_it_is_tiny() -> None:
    assert NeuroLiteConfig() == NeuroLiteConfig.tiny()
    assert NeuroLiteConfig(max_words=16) == dataclasses.replace(
        NeuroLiteConfig.tiny(), max_words=16
    )
    own = MixerOptions(num_layers=3, token_hidden=5, channel_hidden=7)
    assert NeuroLiteConfig(hidden_size=144, backbone_options=own).backbone_options is own


MEMORY = MemoryOptions(working=4)
EXPERTS = ExpertsOptions(count=8, top=2, width=24)
RULES = RulesOptions(num_rules=3)


@pytest.mark.parametrize(
    ("before", "changes", "after"),
    [
        ({}, {"use_external_memory": True}, {"memory": MemoryOptions()}),
        ({"memory": MEMORY}, {"use_external_memory": True}, {"memory": MEMORY}),
        ({"memory": MEMORY}, {"use_external_memory": False}, {"memory": None}),
        ({}, {"use_external_memory": True, "memory": MEMORY}, {"memory": MEMORY}),
        ({}, {"use_external_memory": False}, {}),
        ({}, {"use_dynamic_routing": True}, {"experts": ExpertsOptions()}),
        ({}, {"num_experts": 6}, {"experts": ExpertsOptions(count=6)}),
        ({}, {"num_experts": 1}, {"experts": ExpertsOptions(count=1)}),
        (
            {},
            {"num_experts": 1, "use_dynamic_routing": False},
            {"experts": ExpertsOptions(count=1)},
        ),
        ({"experts": EXPERTS}, {"use_dynamic_routing": True}, {"experts": EXPERTS}),
        ({"experts": EXPERTS}, {"use_dynamic_routing": False}, {"experts": None}),
        ({"experts": EXPERTS}, {"num_experts": 0}, {"experts": None}),
        (
            {"experts": EXPERTS},
            {"num_experts": 3},
            {"experts": ExpertsOptions(count=3, top=2, width=24)},
        ),
        ({}, {"num_experts": 8, "experts": EXPERTS}, {"experts": EXPERTS}),
        ({}, {"use_dynamic_routing": True, "experts": EXPERTS}, {"experts": EXPERTS}),
        ({}, {"use_symbolic_module": True}, {"rules": RulesOptions(num_rules=0)}),
        ({"rules": RULES}, {"use_symbolic_module": True}, {"rules": RULES}),
        ({"rules": RULES}, {"use_symbolic_module": False}, {"rules": None}),
        (
            {},
            {"num_mixer_layers": 0},
            {"backbone_options": MixerOptions(num_layers=0, token_hidden=128, channel_hidden=288)},
        ),
        ({}, {"hidden_size": 200, "max_words": 7}, {"hidden_size": 200, "max_words": 7}),
    ],
)
def test_each_name_stands_for_its_field(
    before: dict[str, Any], changes: dict[str, Any], after: dict[str, Any]
) -> None:
    config = dataclasses.replace(SMALL, **before).replace(**changes)
    assert config == dataclasses.replace(SMALL, **(before | after))
    assert NeuroLiteConfig.from_json(config.to_json()) == config
    for name, value in changes.items():
        assert getattr(config, name) == value
    if not before and "hidden_size" not in changes:
        assert made(hidden_size=144, **changes) == config


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"hiden_size": 96}, "nothing that is called 'hiden_size'. Did you mean hidden_size?"),
        ({"use_memory": True}, "nothing that is called 'use_memory'. Did you mean"),
        ({"zzzzzz": 1}, "nothing that is called 'zzzzzz'. Known are: .*num_experts, .*table_size"),
        ({"use_external_memory": 1}, "use_external_memory is 1; give true or false"),
        ({"use_dynamic_routing": "yes"}, "use_dynamic_routing is 'yes'; give true or false"),
        ({"use_symbolic_module": None}, "use_symbolic_module is None; give true or false"),
        ({"num_experts": -1}, "num_experts is -1; give a whole number from 0 to 64"),
        ({"num_experts": 65}, "num_experts is 65; give a whole number from 0 to 64"),
        ({"num_experts": True}, "num_experts is True; give a whole number"),
        ({"num_experts": None}, "num_experts is None; give a whole number"),
        ({"num_mixer_layers": 49}, "num_mixer_layers is 49; give a whole number from 0 to 48"),
        ({"num_mixer_layers": 2.0}, "num_mixer_layers is 2.0; give a whole number"),
        ({"hidden_size": 3}, "hidden_size is 3; give a whole number from 4 to 4096"),
        ({"hidden_size": "256"}, "hidden_size is '256'; give a whole number"),
        (
            {"num_experts": 4, "use_dynamic_routing": False},
            "num_experts is 4, and use_dynamic_routing is False: without",
        ),
        (
            {"num_experts": 1, "use_dynamic_routing": True},
            "num_experts is 1, and use_dynamic_routing is True: one expert leaves no choice",
        ),
        (
            {"num_experts": 0, "use_dynamic_routing": True},
            "num_experts is 0, and use_dynamic_routing is True",
        ),
        (
            {"num_experts": 4, "experts": EXPERTS},
            r"num_experts is 4, and experts is ExpertsOptions\(count=8",
        ),
        (
            {"use_dynamic_routing": False, "experts": EXPERTS},
            "use_dynamic_routing is False, and experts is",
        ),
        (
            {"use_dynamic_routing": True, "experts": ExpertsOptions(count=1)},
            "use_dynamic_routing is True, and experts is",
        ),
        (
            {"use_external_memory": False, "memory": MEMORY},
            r"use_external_memory is False, and memory is MemoryOptions\(working=4",
        ),
        (
            {"use_symbolic_module": False, "rules": RULES},
            "use_symbolic_module is False, and rules is",
        ),
        (
            {
                "num_mixer_layers": 4,
                "backbone_options": MixerOptions(num_layers=3, token_hidden=8, channel_hidden=8),
            },
            r"num_mixer_layers is 4, and backbone_options is MixerOptions\(num_layers=3",
        ),
        ({"use_external_memory": True, "memory": 3}, "memory is 3; give MemoryOptions"),
        ({"num_experts": 3, "experts": "x"}, "experts is 'x'; give ExpertsOptions"),
    ],
)
def test_what_cannot_be_is_one_clear_error(values: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        made(**values)
    with pytest.raises(InputError, match=message):
        SMALL.replace(**values)


def test_fewer_experts_than_a_text_uses_are_refused() -> None:
    with pytest.raises(InputError, match="experts' top is 2, and there is 1 expert"):
        dataclasses.replace(SMALL, experts=EXPERTS).replace(num_experts=1)


def test_mixer_layers_of_another_backbone(monkeypatch: pytest.MonkeyPatch) -> None:
    @dataclasses.dataclass(frozen=True)
    class Other(BackboneOptions):
        width: int = 3

    row = BackboneRow(Other, BACKBONES["mixer"].build, lambda _, __: Other())
    rows = {**BACKBONES, "other": row}
    monkeypatch.setattr("neurolite_core.network.config.BACKBONES", rows)
    config = made(backbone="other", backbone_options=Other())
    assert config.num_mixer_layers == 0
    message = "num_mixer_layers is 2, and backbone is 'other' with Other, which has no mixer's"
    with pytest.raises(InputError, match=message):
        config.replace(num_mixer_layers=2)
    with pytest.raises(InputError, match=message):
        made(backbone="other", backbone_options=Other(), num_mixer_layers=2)
    with pytest.raises(InputError, match="backbone_options is a MixerOptions; backbone 'other'"):
        made(backbone="other")


def test_it_is_still_a_frozen_dataclass() -> None:
    config = whole()
    names = [item.name for item in dataclasses.fields(config)]
    assert not {*FlatValues.__annotations__} & {*names}
    assert {*ConfigValues.__annotations__} == {*FlatValues.__annotations__, *names}
    fields, values = get_type_hints(NeuroLiteConfig), get_type_hints(ConfigValues)
    assert {name: values[name] for name in names} == {name: fields[name] for name in names}
    assert names == list(dataclasses.asdict(config))
    assert dataclasses.replace(config, window=2) == config.replace(window=2) != config
    assert dataclasses.replace(config, num_experts=4) == config  # type: ignore[call-arg]
    for copied in (copy.deepcopy(config), pickle.loads(pickle.dumps(config))):
        assert copied == config
        assert hash(copied) == hash(config)
    with pytest.raises(dataclasses.FrozenInstanceError, match="hidden_size"):
        config.hidden_size = 3  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError, match="use_external_memory"):
        config.use_external_memory = True  # type: ignore[misc]


def test_flat_names_are_no_part_of_the_json() -> None:
    values = json.loads(whole().to_json())
    assert not {*FlatValues.__annotations__} & {*values}
    with pytest.raises(InputError, match="Unknown key 'use_external_memory' in the config"):
        NeuroLiteConfig.from_json(json.dumps(values | {"use_external_memory": True}))
    del values["projection_size"]
    del values["hidden_size"]
    missing = re.escape("Missing value in the config: projection_size, hidden_size.")
    with pytest.raises(InputError, match=missing):
        NeuroLiteConfig.from_json(json.dumps(values))


RULES_FILE = """
[facts]
stolen = ["stolen"]

[[rules]]
name = "theft"
any = ["stolen"]
force = "report"
"""


def test_rules_come_later(tmp_path: Path) -> None:
    config = NeuroLiteConfig(use_symbolic_module=True, max_words=16, max_bytes=64)
    torch.manual_seed(0)
    network = NeuroLiteForClassification(config, labels=["other", "report"]).eval()
    save_checkpoint(network, tmp_path)
    loaded = load_checkpoint(tmp_path)
    assert loaded.config == config
    assert loaded.rules is None
    texts = ["my card was stolen", "hello"]
    with torch.no_grad():
        assert torch.equal(loaded(texts)["logits"], network(texts)["logits"])
        ruled = with_rules(loaded, parse_rules(RULES_FILE, "rules.toml"))
        assert ruled(texts)["rules"].tolist() == [[1], [0]]
    assert ruled.config == config.replace(rules=RulesOptions(num_rules=1))
    with pytest.raises(InputError, match=r"an embedding model has none.*use_symbolic_module"):
        NeuroLiteForEmbedding(config)


TEXTS = ["Alice is an engineer living in Paris.", "Where does she live?", "Où habite-t-elle ?", ""]


def test_the_whole_model_answers_and_learns() -> None:
    torch.manual_seed(0)
    network = NeuroLiteForClassification(whole(), labels=["Paris", "Rome", "engineer"]).eval()
    with torch.no_grad():
        before = network(TEXTS[1:2])["logits"]
        network(TEXTS[:1], update_memory=True)
        remembered = network(TEXTS[1:2])
        network.reset_memory()
    assert remembered["logits"].shape == (1, 3)
    assert (remembered["logits"] - before).abs().max() > 1e-3
    assert 0 <= int(remembered["expert"]) < 4
    learner = copy.deepcopy(network).train()
    learner(TEXTS[:1], update_memory=True)
    loss = functional.cross_entropy(learner(TEXTS[1:2])["logits"], torch.tensor([0]))
    routing = routing_loss_of(learner)
    assert routing is not None
    (loss + routing).backward()  # type: ignore[no-untyped-call]
    gradients = {
        name.split(".")[0] for name, each in learner.named_parameters() if each.grad is not None
    }
    assert {"model", "norm", "experts", "memory", "head"} <= gradients
    optimizer = torch.optim.SGD(learner.parameters(), lr=0.01)
    optimizer.step()
    learner.reset_memory()
    learner.eval()(TEXTS[:1], update_memory=True)
    with torch.no_grad():
        later = functional.cross_entropy(learner(TEXTS[1:2])["logits"], torch.tensor([0]))
    assert float(later) < float(functional.cross_entropy(remembered["logits"], torch.tensor([0])))


@pytest.mark.parametrize(("precision", "layers", "most"), [("float32", 1, 1e-5), ("int8", 6, 0.1)])
def test_the_whole_model_is_a_file(precision: str, layers: int, most: float) -> None:
    torch.manual_seed(0)
    config = whole().replace(num_mixer_layers=layers)  # of each of which an export takes seconds
    network = NeuroLiteForClassification(config, labels=["Paris", "Rome", "engineer"]).eval()
    target, source = TARGETS["onnx"].load(), Source(network, "whole", "random, seed 0: not trained")
    probes = Probes("few", tuple(text.encode() for text in TEXTS))
    metadata = metadata_of(source, target, precision)
    session = target.open(target.build(ExportJob(network, metadata, probes)))
    found = session.run(pack_texts(probes.texts), initial_state(network.state_specs, len(TEXTS)))
    with torch.no_grad():
        expected = network(TEXTS)
    assert {*found.values} == {*expected}
    assert np.array_equal(found.values["expert"], expected["expert"].numpy())
    for name in ("logits", "embedding", "next_working"):
        values = expected[name].numpy()
        error = np.linalg.norm(found.values[name] - values) / np.linalg.norm(values)
        assert error <= most, (name, error)
