"""FNet's options, without torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

from neurolite_core.ground.checks import require_range
from neurolite_core.network.backbones.mixer_options import MOST_LAYERS, MixerOptions
from neurolite_core.network.backbones.options import BackboneOptions

_WORDS_OF_PRESETS: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class FNetOptions(BackboneOptions):
    """FNet blocks (Lee-Thorp et al., 2022, arXiv:2105.03824).

    Attributes:
        num_layers: blocks, 0 to 48.
        channel_hidden: width of the MLP that mixes channels, 1 to 8192.
        period: words after which the waves begin again, 2 to 8192; with as many as ``max_words`` none does.
    """

    num_layers: int
    channel_hidden: int
    period: int = 32

    def __post_init__(self) -> None:
        require_range("num_layers", self.num_layers, 0, MOST_LAYERS)
        require_range("channel_hidden", self.channel_hidden, 1, 8192)
        require_range("period", self.period, 2, 8192)

    @classmethod
    def like(cls, mixer: MixerOptions, channels: int) -> Self:
        """About as many parameters as a mixer of these options has over H channels: a wider MLP over channels."""
        extra = 8 * round(mixer.token_hidden * _WORDS_OF_PRESETS / channels / 8)  # whole vectors
        return cls(num_layers=mixer.num_layers, channel_hidden=mixer.channel_hidden + extra)
