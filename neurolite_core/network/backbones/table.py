"""The table of backbones: options that need no PyTorch, and a module that is imported when it is built."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, cast

from neurolite_core.network.backbones.columns_options import ColumnsOptions
from neurolite_core.network.backbones.fnet_options import FNetOptions
from neurolite_core.network.backbones.hypermixer_options import HyperMixerOptions
from neurolite_core.network.backbones.liquid_options import LiquidOptions
from neurolite_core.network.backbones.mixer_options import MixerOptions
from neurolite_core.network.backbones.options import BackboneOptions
from neurolite_core.network.backbones.reservoir_options import ReservoirOptions
from neurolite_core.network.backbones.spiking_options import SpikingOptions
from neurolite_core.network.backbones.ssm_options import SsmOptions

if TYPE_CHECKING:
    from neurolite_core.network.backbones.layers import LayeredBackbone
    from neurolite_core.network.config import NeuroLiteConfig


@dataclass(frozen=True, slots=True)
class BackboneRow:
    """One backbone.

    Attributes:
        options: type of ``NeuroLiteConfig.backbone_options``; the config refuses any other.
        build: makes the module, (N, L, H) and mask (N, L, 1) -> (N, L, H), from a config.
        like: options of about as many parameters as a mixer of these has, over so many channels H: the presets of it.
    """

    options: type[BackboneOptions]
    build: Callable[[NeuroLiteConfig], LayeredBackbone]
    like: Callable[[MixerOptions, int], BackboneOptions]


def _builder(module: str, name: str) -> Callable[[NeuroLiteConfig], LayeredBackbone]:
    """What imports a module of this folder when it is first asked, and builds its class of that name."""

    def build(config: NeuroLiteConfig) -> LayeredBackbone:
        kind = getattr(import_module(f"neurolite_core.network.backbones.{module}"), name)
        made = kind(config.hidden_size, config.max_words, config.backbone_options, config.dropout)
        return cast("LayeredBackbone", made)

    return build


def _row(
    name: str,
    kind: str,
    options: type[BackboneOptions],
    like: Callable[[MixerOptions, int], BackboneOptions],
) -> tuple[str, BackboneRow]:
    return name, BackboneRow(options, _builder(name, kind), like)


BACKBONES: Final[Mapping[str, BackboneRow]] = MappingProxyType(
    dict(
        (
            _row("mixer", "MixerBackbone", MixerOptions, lambda options, _: options),
            _row("hypermixer", "HyperMixerBackbone", HyperMixerOptions, HyperMixerOptions.like),
            _row("fnet", "FNetBackbone", FNetOptions, FNetOptions.like),
            _row("ssm", "SsmBackbone", SsmOptions, SsmOptions.like),
            _row("liquid", "LiquidBackbone", LiquidOptions, LiquidOptions.like),
            _row("reservoir", "ReservoirBackbone", ReservoirOptions, ReservoirOptions.like),
            _row("spiking", "SpikingBackbone", SpikingOptions, SpikingOptions.like),
            _row("columns", "ColumnsBackbone", ColumnsOptions, ColumnsOptions.like),
        )
    )
)
