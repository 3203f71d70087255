"""The table of backbones: options that need no PyTorch, and a module that is imported when it is built."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
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


def _mixer(config: NeuroLiteConfig) -> LayeredBackbone:
    from neurolite_core.network.backbones.mixer import MixerBackbone

    options = cast("MixerOptions", config.backbone_options)
    return MixerBackbone(config.hidden_size, config.max_words, options, config.dropout)


def _hypermixer(config: NeuroLiteConfig) -> LayeredBackbone:
    from neurolite_core.network.backbones.hypermixer import HyperMixerBackbone

    options = cast("HyperMixerOptions", config.backbone_options)
    return HyperMixerBackbone(config.hidden_size, config.max_words, options, config.dropout)


def _fnet(config: NeuroLiteConfig) -> LayeredBackbone:
    from neurolite_core.network.backbones.fnet import FNetBackbone

    options = cast("FNetOptions", config.backbone_options)
    return FNetBackbone(config.hidden_size, config.max_words, options, config.dropout)


def _ssm(config: NeuroLiteConfig) -> LayeredBackbone:
    from neurolite_core.network.backbones.ssm import SsmBackbone

    options = cast("SsmOptions", config.backbone_options)
    return SsmBackbone(config.hidden_size, config.max_words, options, config.dropout)


def _liquid(config: NeuroLiteConfig) -> LayeredBackbone:
    from neurolite_core.network.backbones.liquid import LiquidBackbone

    options = cast("LiquidOptions", config.backbone_options)
    return LiquidBackbone(config.hidden_size, config.max_words, options, config.dropout)


def _reservoir(config: NeuroLiteConfig) -> LayeredBackbone:
    from neurolite_core.network.backbones.reservoir import ReservoirBackbone

    options = cast("ReservoirOptions", config.backbone_options)
    return ReservoirBackbone(config.hidden_size, config.max_words, options, config.dropout)


def _spiking(config: NeuroLiteConfig) -> LayeredBackbone:
    from neurolite_core.network.backbones.spiking import SpikingBackbone

    options = cast("SpikingOptions", config.backbone_options)
    return SpikingBackbone(config.hidden_size, config.max_words, options, config.dropout)


def _columns(config: NeuroLiteConfig) -> LayeredBackbone:
    from neurolite_core.network.backbones.columns import ColumnsBackbone

    options = cast("ColumnsOptions", config.backbone_options)
    return ColumnsBackbone(config.hidden_size, config.max_words, options, config.dropout)


BACKBONES: Final[Mapping[str, BackboneRow]] = MappingProxyType(
    {
        "mixer": BackboneRow(MixerOptions, _mixer, lambda options, _: options),
        "hypermixer": BackboneRow(HyperMixerOptions, _hypermixer, HyperMixerOptions.like),
        "fnet": BackboneRow(FNetOptions, _fnet, FNetOptions.like),
        "ssm": BackboneRow(SsmOptions, _ssm, SsmOptions.like),
        "liquid": BackboneRow(LiquidOptions, _liquid, LiquidOptions.like),
        "reservoir": BackboneRow(ReservoirOptions, _reservoir, ReservoirOptions.like),
        "spiking": BackboneRow(SpikingOptions, _spiking, SpikingOptions.like),
        "columns": BackboneRow(ColumnsOptions, _columns, ColumnsOptions.like),
    }
)
