"""The table of backbones: options that need no PyTorch, and a module that is imported when it is built."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, cast

from neurolite_core.network.backbones.mixer_options import MixerOptions
from neurolite_core.network.backbones.options import BackboneOptions

if TYPE_CHECKING:
    from torch import nn

    from neurolite_core.network.config import NeuroLiteConfig


@dataclass(frozen=True, slots=True)
class BackboneRow:
    """One backbone.

    Attributes:
        options: type of ``NeuroLiteConfig.backbone_options``; the config refuses any other.
        build: makes the module, (N, L, H) and mask (N, L, 1) -> (N, L, H), from a config.
    """

    options: type[BackboneOptions]
    build: Callable[[NeuroLiteConfig], nn.Module]


def _mixer(config: NeuroLiteConfig) -> nn.Module:
    from neurolite_core.network.backbones.mixer import MixerBackbone

    options = cast("MixerOptions", config.backbone_options)
    return MixerBackbone(config.hidden_size, config.max_words, options, config.dropout)


BACKBONES: Final[Mapping[str, BackboneRow]] = MappingProxyType(
    {"mixer": BackboneRow(MixerOptions, _mixer)}
)
