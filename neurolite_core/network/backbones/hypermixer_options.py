"""HyperMixer's options, without torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from neurolite_core.ground.checks import require_range
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.values import shown
from neurolite_core.network.backbones.mixer_options import MOST_LAYERS, MixerOptions
from neurolite_core.network.backbones.options import BackboneOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class HyperMixerOptions(BackboneOptions):
    """HyperMixer blocks (Mai et al., 2023, arXiv:2203.03691).

    Attributes:
        num_layers: blocks, 0 to 48.
        token_hidden: width d' of the MLP that mixes words, 1 to 8192.
        channel_hidden: width of the MLP that mixes channels, 1 to 8192.
        heads: parts of the channels, each mixed by an MLP of its own, 1 to 64; a divisor of the hidden size.
        tied: whether both layers of the MLP over words come of one hypernetwork.
    """

    num_layers: int
    token_hidden: int
    channel_hidden: int
    heads: int = 1
    tied: bool = False

    def __post_init__(self) -> None:
        require_range("num_layers", self.num_layers, 0, MOST_LAYERS)
        require_range("token_hidden", self.token_hidden, 1, 8192)
        require_range("channel_hidden", self.channel_hidden, 1, 8192)
        require_range("heads", self.heads, 1, 64)
        if not isinstance(self.tied, bool):
            raise InputError(f"tied is {shown(self.tied)}; give true or false.")

    @classmethod
    def like(cls, mixer: MixerOptions, channels: int) -> Self:
        """About as many parameters as a mixer of these options has over H channels."""
        del channels  # the hypernetworks of one block weigh what its two matrices over 256 words do
        return cls(
            num_layers=mixer.num_layers,
            token_hidden=mixer.token_hidden,
            channel_hidden=mixer.channel_hidden,
        )
