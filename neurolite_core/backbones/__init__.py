"""The table of backbones: a network from (N, L, H) and a mask to (N, L, H).

A new backbone is a file here, a row in ``BACKBONES`` and its options in ``backbone_options.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from torch import nn

from neurolite_core.backbones.mixer import MixerBackbone
from neurolite_core.config import NeuroLiteConfig


def _mixer(config: NeuroLiteConfig) -> nn.Module:
    return MixerBackbone(
        config.hidden_size, config.max_words, config.backbone_options, config.dropout
    )


BACKBONES: Final[Mapping[str, Callable[[NeuroLiteConfig], nn.Module]]] = MappingProxyType(
    {"mixer": _mixer}
)
