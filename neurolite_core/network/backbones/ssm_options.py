"""The state space backbone's options, without torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

from neurolite_core.ground.checks import require_range
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.values import shown
from neurolite_core.network.backbones.mixer_options import MOST_LAYERS, MixerOptions
from neurolite_core.network.backbones.options import BackboneOptions

_WORDS_OF_PRESETS: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class SsmOptions(BackboneOptions):
    """Selective state space blocks (Gu and Dao, 2023, arXiv:2312.00752).

    Attributes:
        num_layers: blocks, 0 to 48.
        inner: channels D of a block's state, in each direction, 1 to 8192.
        state: numbers S that each of them keeps, 1 to 64.
        step_rank: numbers of which the steps of all channels are made, 1 to 1024.
        causal: whether a word knows only of those before it, as reading word by word takes; else half of the work is
            done from the last word to the first.
    """

    num_layers: int
    inner: int
    state: int = 4
    step_rank: int = 8
    causal: bool = False

    def __post_init__(self) -> None:
        require_range("num_layers", self.num_layers, 0, MOST_LAYERS)
        require_range("inner", self.inner, 1, 8192)
        require_range("state", self.state, 1, 64)
        require_range("step_rank", self.step_rank, 1, 1024)
        if not isinstance(self.causal, bool):
            raise InputError(f"causal is {shown(self.causal)}; give true or false.")

    @property
    def reads_ahead(self) -> bool:
        """Whether it reads from the last word to the first, too."""
        return not self.causal

    @classmethod
    def like(cls, mixer: MixerOptions, channels: int) -> Self:
        """About as many parameters as a mixer of these options has over H channels."""
        wanted = 2 * (_WORDS_OF_PRESETS * mixer.token_hidden + channels * mixer.channel_hidden)
        # Of each inner channel and direction: in, gate and out, the step both ways, S of the state three times.
        state, rank = 4, 8
        each = 2 * (3 * channels + 2 * rank + 3 * state)
        inner = max(8, 8 * round(wanted / each / 8))  # whole vectors
        return cls(num_layers=mixer.num_layers, inner=inner, state=state, step_rank=rank)
