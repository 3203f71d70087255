"""Small configurations of every backbone, of one bucket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from neurolite_core.network.backbones.hypermixer_options import HyperMixerOptions
from neurolite_core.network.backbones.liquid_options import LiquidOptions
from neurolite_core.network.backbones.mixer_options import MixerOptions
from neurolite_core.network.backbones.options import BackboneOptions
from neurolite_core.network.backbones.reservoir_options import ReservoirOptions
from neurolite_core.network.backbones.ssm_options import SsmOptions
from neurolite_core.network.backbones.table import BACKBONES
from neurolite_core.network.config import NeuroLiteConfig

LIKE: Final = MixerOptions(num_layers=1, token_hidden=16, channel_hidden=32)
ONE: Final = NeuroLiteConfig(
    table_size=512,
    projection_size=32,
    hidden_size=32,
    backbone_options=LIKE,
    max_words=16,
    max_bytes=64,
)
# What else than a depth of one makes a graph large: of spiking neurons each step of time.
SMALL: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType({"spiking": {"steps": 2}})


def backbone_config(name: str, config: NeuroLiteConfig) -> NeuroLiteConfig:
    """A config with another backbone, of about as many parameters."""
    options = replace(BACKBONES[name].like(LIKE, config.hidden_size), **SMALL.get(name, {}))
    return config.replace(backbone=name, backbone_options=options)


def _form(backbone: str, options: BackboneOptions, base: NeuroLiteConfig = ONE) -> NeuroLiteConfig:
    return base.replace(backbone=backbone, backbone_options=options)


# Other options of backbones than their defaults, with sizes that are no multiples of vectors' lanes.
OTHER_FORMS: Final = {
    "states": _form("ssm", SsmOptions(num_layers=1, inner=48)),
    "states-one-way": _form(
        "ssm",
        SsmOptions(num_layers=2, inner=32, state=3, step_rank=5, causal=True),
        ONE.replace(window=0),
    ),
    "reservoir-surprised": _form(
        "reservoir", ReservoirOptions(num_layers=2, units=24, read_hidden=40, predictive=True)
    ),
    "reservoir-one-way": _form(
        "reservoir", ReservoirOptions(num_layers=1, units=16, read_hidden=16, causal=True)
    ),
    "liquid-one-way": _form(
        "liquid",
        LiquidOptions(num_layers=2, inner=24, shared=40, causal=True),
        ONE.replace(max_words=40),
    ),
    "hypermixer-tied": _form(
        "hypermixer",
        HyperMixerOptions(num_layers=2, token_hidden=48, channel_hidden=32, heads=2, tied=True),
        ONE.replace(bag=True),
    ),
}
