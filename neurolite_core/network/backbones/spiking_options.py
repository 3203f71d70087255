"""The spiking backbone's options, without torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

from neurolite_core.ground.checks import require_choice, require_fraction, require_range
from neurolite_core.network.backbones.mixer_options import MOST_LAYERS, MixerOptions
from neurolite_core.network.backbones.options import BackboneOptions

NEURON_NAMES: Final = ("lif", "plif", "alif")
READOUTS: Final = ("gradient", "stdp")


@dataclass(frozen=True, slots=True, kw_only=True)
class SpikingOptions(BackboneOptions):
    """A mixer whose products take spikes.

    Attributes:
        num_layers: blocks, 0 to 48.
        token_hidden: neurons between the two products over words, 1 to 8192.
        channel_hidden: neurons between the two products over channels, 1 to 8192.
        steps: T, steps of time that each word's vector is shown for, 1 to 16.
        neuron: ``lif``, ``plif`` or ``alif``.
        leak: what a potential keeps from step to step, of ``plif`` at first; 0 up to, not including, 1.
        readout: how a classifier's head learns behind the rest: by ``gradient``, as all does, or in its place at the
            end by ``stdp`` and reward.
    """

    num_layers: int
    token_hidden: int
    channel_hidden: int
    steps: int = 4
    neuron: str = "plif"
    leak: float = 0.5
    readout: str = "gradient"

    def __post_init__(self) -> None:
        require_range("num_layers", self.num_layers, 0, MOST_LAYERS)
        require_range("token_hidden", self.token_hidden, 1, 8192)
        require_range("channel_hidden", self.channel_hidden, 1, 8192)
        require_range("steps", self.steps, 1, 16)
        require_choice("neuron", self.neuron, NEURON_NAMES)
        require_fraction("leak", self.leak)
        require_choice("readout", self.readout, READOUTS)

    @classmethod
    def like(cls, mixer: MixerOptions, channels: int) -> Self:
        """About as many parameters as a mixer of these options has over H channels: it has the mixer's products."""
        del channels
        return cls(
            num_layers=mixer.num_layers,
            token_hidden=mixer.token_hidden,
            channel_hidden=mixer.channel_hidden,
        )
