"""The liquid backbone's options, without torch."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Self

from neurolite_core.ground.checks import require_range
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.values import shown
from neurolite_core.network.backbones.mixer_options import MOST_LAYERS, MixerOptions
from neurolite_core.network.backbones.options import BackboneOptions

_WORDS_OF_PRESETS: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class LiquidOptions(BackboneOptions):
    """Blocks of closed-form continuous-time cells (Hasani et al., 2022, arXiv:2106.13898).

    Attributes:
        num_layers: blocks, 0 to 48.
        inner: cells D of a block, in each direction, 1 to 8192.
        shared: width of the layer from which both heads of all cells are made, 1 to 8192.
        causal: whether a word knows only of those before it, as reading word by word takes; else as many cells read
            from the last word to the first.
    """

    num_layers: int
    inner: int
    shared: int
    causal: bool = False

    def __post_init__(self) -> None:
        require_range("num_layers", self.num_layers, 0, MOST_LAYERS)
        require_range("inner", self.inner, 1, 8192)
        require_range("shared", self.shared, 1, 8192)
        if not isinstance(self.causal, bool):
            raise InputError(f"causal is {shown(self.causal)}; give true or false.")

    @property
    def reads_ahead(self) -> bool:
        """Whether it reads from the last word to the first, too."""
        return not self.causal

    @classmethod
    def like(cls, mixer: MixerOptions, channels: int) -> Self:
        """About as many parameters as a mixer of these options has over H channels: as many cells as are shared."""
        wanted = 2 * (_WORDS_OF_PRESETS * mixer.token_hidden + channels * mixer.channel_hidden)
        # D cells each way of D shared: in, out both ways, four heads of D: 4 D^2 + 3 H D.
        once = 3 * channels
        width = (math.sqrt(once * once + 16 * wanted) - once) / 8
        inner = max(8, 8 * round(width / 8))  # whole vectors
        return cls(num_layers=mixer.num_layers, inner=inner, shared=inner)
