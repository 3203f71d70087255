"""The columns backbone's options, without torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

from neurolite_core.ground.checks import require_range
from neurolite_core.network.backbones.mixer_options import MOST_LAYERS, MixerOptions
from neurolite_core.network.backbones.options import BackboneOptions

_COLUMNS, _BRANCHES, _CONTEXT = 8, 3, 8
_VECTOR: Final = 8  # units of a column come in these


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnsOptions(BackboneOptions):
    """A mixer of 2:4 sparse products, whose units stand in columns that inhibit each other and have dendrites.

    Attributes:
        num_layers: blocks, 0 to 48.
        token_hidden: width of the MLP that mixes words, 1 to 8192.
        channel_hidden: units of all columns together, 2 to 8192; a multiple of ``columns``.
        columns: K, columns of a block, 2 to 512.
        branches: B, dendritic branches of each unit, one of which a text chooses, 1 to 16.
        context: numbers that a text's context has, from which they choose, 1 to 1024.
    """

    num_layers: int
    token_hidden: int
    channel_hidden: int
    columns: int = _COLUMNS
    branches: int = _BRANCHES
    context: int = _CONTEXT

    def __post_init__(self) -> None:
        require_range("num_layers", self.num_layers, 0, MOST_LAYERS)
        require_range("token_hidden", self.token_hidden, 1, 8192)
        require_range("channel_hidden", self.channel_hidden, 2, 8192)
        require_range("columns", self.columns, 2, 512)
        require_range("branches", self.branches, 1, 16)
        require_range("context", self.context, 1, 1024)

    @classmethod
    def like(cls, mixer: MixerOptions, channels: int) -> Self:
        """About as many parameters, zeros among them, as a mixer of these options has over H channels."""
        wanted = channels * (2 * mixer.channel_hidden - _CONTEXT)
        each = 2 * channels + _BRANCHES * (_CONTEXT + 1)  # of a unit: in and out, and its branches
        units = max(_VECTOR, _VECTOR * round(wanted / each / _VECTOR))
        return cls(
            num_layers=mixer.num_layers, token_hidden=mixer.token_hidden, channel_hidden=units
        )
