"""Small configurations of every backbone, of one bucket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from neurolite_core.network.backbones.mixer_options import MixerOptions
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
