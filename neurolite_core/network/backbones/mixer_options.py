"""The mixer's options, without torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from neurolite_core.ground.checks import require_range
from neurolite_core.network.backbones.options import BackboneOptions

MOST_LAYERS: Final = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class MixerOptions(BackboneOptions):
    """MLP-Mixer blocks (Tolstikhin et al., 2021, arXiv:2105.01601).

    Attributes:
        num_layers: blocks, 0 to 48.
        token_hidden: width of the MLP that mixes words, 1 to 8192.
        channel_hidden: width of the MLP that mixes channels, 1 to 8192.
    """

    num_layers: int
    token_hidden: int
    channel_hidden: int

    def __post_init__(self) -> None:
        require_range("num_layers", self.num_layers, 0, MOST_LAYERS)
        require_range("token_hidden", self.token_hidden, 1, 8192)
        require_range("channel_hidden", self.channel_hidden, 1, 8192)
