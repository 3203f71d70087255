"""The reservoir backbone's options, without torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

from neurolite_core.ground.checks import require_range
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.values import shown
from neurolite_core.network.backbones.mixer_options import MOST_LAYERS, MixerOptions
from neurolite_core.network.backbones.options import BackboneOptions

_WORDS_OF_PRESETS: Final = 256
_MOST_UNITS: Final = 1024  # their weights are decomposed when a model is made


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservoirOptions(BackboneOptions):
    """Blocks of leaky linear reservoirs, whose weights are fixed, and what is read of them.

    Attributes:
        num_layers: blocks, 0 to 48.
        units: D of a reservoir, 1 to 1024.
        read_hidden: width of the MLP that reads the states, 1 to 8192.
        spectral_radius: of the weights between units, 0.001 to 0.999: how long a text is remembered.
        leak: share of a state that each word renews, 0.001 to 1.
        density: share of pairs of units that are connected, 0.001 to 1.
        input_scale: of what words add to the units, 0.001 to 100.
        reservoir_seed: of the fixed weights, 0 to 2^31 - 1.
        predictive: each unit also gives its surprise, its state less what it predicted of its own last state and input.
        causal: whether a word knows only of those before it; else the same reservoir reads from both ends.
    """

    num_layers: int
    units: int
    read_hidden: int
    spectral_radius: float = 0.9
    leak: float = 0.5
    density: float = 0.1
    input_scale: float = 1.0
    reservoir_seed: int = 0
    predictive: bool = False
    causal: bool = False

    def __post_init__(self) -> None:
        require_range("num_layers", self.num_layers, 0, MOST_LAYERS)
        require_range("units", self.units, 1, _MOST_UNITS)
        require_range("read_hidden", self.read_hidden, 1, 8192)
        require_range("reservoir_seed", self.reservoir_seed, 0, 2**31 - 1)
        _require_above_zero("spectral_radius", self.spectral_radius, 0.999)
        _require_above_zero("leak", self.leak, 1.0)
        _require_above_zero("density", self.density, 1.0)
        _require_above_zero("input_scale", self.input_scale, 100.0)
        for name in ("predictive", "causal"):
            if not isinstance(getattr(self, name), bool):
                raise InputError(f"{name} is {shown(getattr(self, name))}; give true or false.")

    @classmethod
    def like(cls, mixer: MixerOptions, channels: int) -> Self:
        """About as many parameters as a mixer of these options has over H channels: as many units as channels."""
        wanted = 2 * (_WORDS_OF_PRESETS * mixer.token_hidden + channels * mixer.channel_hidden)
        units = 8 * -(-channels // 8)  # whole vectors
        hidden = max(8, 8 * round(wanted / (2 * units + channels) / 8))
        return cls(num_layers=mixer.num_layers, units=units, read_hidden=hidden)


def _require_above_zero(name: str, value: object, most: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.001 <= value <= most:
        raise InputError(f"{name} is {shown(value)}; give a number from 0.001 to {most:g}.")
