"""Configurations: presets, validation, JSON both ways."""

from __future__ import annotations

import dataclasses
import json

import pytest

from neurolite_core.ground.errors import InputError
from neurolite_core.network.backbones.mixer_options import MixerOptions
from neurolite_core.network.config import PRESETS, NeuroLiteConfig
from neurolite_core.network.model import NeuroLiteForClassification
from neurolite_core.network.table_bits import full_table

TARGET_PARAMETERS = {
    "tiny": 1_000_000,
    "small": 3_000_000,
    "base": 8_000_000,
    "english": 2_100_000,
    "micro": 720_000,
}


@pytest.mark.parametrize("name", PRESETS)
def test_preset_sizes_are_within_ten_percent(name: str) -> None:
    network = NeuroLiteForClassification(PRESETS[name]())
    parameters = sum(parameter.numel() for parameter in network.parameters())
    if network.config.table_bits == 4:  # which are no parameters of PyTorch's
        parameters += full_table(network).numel()
    assert abs(parameters / TARGET_PARAMETERS[name] - 1) <= 0.10, parameters


@pytest.mark.parametrize("name", PRESETS)
def test_json_both_ways(name: str) -> None:
    config = PRESETS[name]()
    assert NeuroLiteConfig.from_json(config.to_json()) == config


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("table_size", 64),
        ("table_size", 65_536),
        ("projection_size", 4),
        ("hidden_size", 4),
        ("num_hashes", 1),
        ("num_hashes", 64),
        ("window", 0),
        ("window", 8),
        ("max_words", 1),
        ("max_words", 8192),
        ("max_bytes", 64),
        ("max_bytes", 65_536),
        ("dropout", 0.0),
    ],
)
def test_the_ends_of_the_ranges_are_allowed(field: str, value: float) -> None:
    config = dataclasses.replace(NeuroLiteConfig.tiny(), **{field: value})  # type: ignore[arg-type]
    assert getattr(config, field) == value


def test_configs_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        NeuroLiteConfig.tiny().table_size = 3  # type: ignore[misc]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("table_size", 63),
        ("table_size", 65_537),
        ("table_size", True),
        ("table_size", 100.0),
        ("hidden_size", 0),
        ("num_hashes", 65),
        ("window", -1),
        ("max_words", 0),
        ("max_bytes", 63),
        ("dropout", 1.0),
        ("pooling", "median"),
        ("backbone", "transformer"),
        ("backbone_options", {"num_layers": 1}),
        ("hash_version", 1),
        ("hash_version", 3),
        ("max_bytes", 65_537),
    ],
)
def test_bad_values_are_named(field: str, value: object) -> None:
    with pytest.raises(InputError, match=field) as caught:
        dataclasses.replace(NeuroLiteConfig.tiny(), **{field: value})  # type: ignore[arg-type]
    if not isinstance(value, dict):
        assert repr(value) in str(caught.value)


def test_bad_backbone_options_are_named() -> None:
    with pytest.raises(InputError, match="num_layers is 49"):
        MixerOptions(num_layers=49, token_hidden=8, channel_hidden=8)


def _tiny(**changes: object) -> str:
    values = json.loads(NeuroLiteConfig.tiny().to_json()) | changes
    return json.dumps({key: value for key, value in values.items() if value is not None})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not valid JSON"),
        ("[]", "must be an object"),
        ("[" * 100_000, "not valid JSON"),
        (_tiny(extra=1), "Unknown key 'extra'"),
        (_tiny(table_size=None), "Missing value"),
        (_tiny(backbone="nope"), "backbone is 'nope'"),
        (_tiny(backbone_options=None), "backbone_options is None"),
        (_tiny(backbone_options={"num_layers": 1}), "Missing value in backbone_options"),
        (_tiny(hash_version=3), "pip install -U neurolite"),
        (_tiny(hash_version=1), "neurolite-train DATA.csv --out FOLDER"),
    ],
)
def test_bad_json_is_one_clear_error(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        NeuroLiteConfig.from_json(text)
