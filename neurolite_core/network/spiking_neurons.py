"""Neurons that spike: leaky integrate-and-fire, with a learned leak, or with a threshold that rises.

All of them, over T steps of input currents I_t:

    v_t = leak v_(t-1) + I_t - b_(t-1) s_(t-1)        s_t = 1 where v_t > b_t, else 0

with a threshold b of 1, and a reset that subtracts it (Eshraghian et al., "Training Spiking Neural Networks Using
Lessons From Deep Learning", 2023, arXiv:2109.12894, equations 4 and 5). ``lif`` has a fixed leak, ``plif`` one that is
learned as a sigmoid (Fang et al., 2021, arXiv:2007.05785; there the input is weighed by 1 - leak as well, which the
weights before it do here), ``alif`` a threshold that rises with each spike and falls back,
a_t = decay a_(t-1) + (1 - decay) s_(t-1), b_t = 1 + strength a_t (Bellec et al., 2018, arXiv:1803.09574, section 2).

Backwards a step has the slope of an arc tangent (Fang et al., appendix). Forwards it is steep rather than
upright: within 1/32 of the threshold a spike is a fraction. An upright one would make of the last bit of a sum, which
is another in every target and size of batch, another answer; at 1/512 answers of targets were still 5e-4 apart.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

import torch
from torch import Tensor, nn

THRESHOLD: Final = 1.0
RAMP: Final = 1 / 16  # width of the step
_SLOPE: Final = math.pi  # of the surrogate: pi alpha / 2 with alpha 2, as in the paper
_LEAST_LEAK: Final = 1e-3  # whose logit is finite
_RISE: Final = 1.0  # strength of a threshold's rise
_DECAY: Final = 0.75  # of that rise, a step


def spikes_of(above: Tensor) -> Tensor:
    """Spikes of potentials less their threshold, of any shape: 0 below, 1 above; gradients by the surrogate."""
    hard = (above * (1 / RAMP) + 0.5).clamp(0.0, 1.0)
    if torch.compiler.is_exporting() or not (torch.is_grad_enabled() and above.requires_grad):
        return hard
    soft = torch.atan(above * _SLOPE) / math.pi
    return hard.detach() + (soft - soft.detach())


class Neurons(nn.Module):
    """LIF: T currents -> T spike tensors of the same shape.

    Args:
        leak: what a potential keeps from step to step, 0 to 1.
    """

    def __init__(self, leak: float) -> None:
        super().__init__()
        self.first_leak = leak

    def leak(self) -> Tensor | float:
        """What a potential keeps from step to step."""
        return self.first_leak

    def risen(self, before: Tensor | float, spikes: Tensor) -> Tensor | float:
        """How far a threshold is above 1 after these spikes, from how far it was before them."""
        del spikes
        return before

    def forward(self, currents: Sequence[Tensor]) -> Tensor:
        """T currents, float32 of one shape (...) -> their spikes, (T, ...)."""
        leak = self.leak()
        potential, risen = currents[0], 0.0
        found = [spikes_of(potential - THRESHOLD)]
        for current in currents[1:]:
            spikes = found[-1]
            potential = potential * leak + current - spikes * (risen + THRESHOLD)
            risen = self.risen(risen, spikes)  # type: ignore[assignment]  # a tensor from here on, or zero
            found.append(spikes_of(potential - (risen + THRESHOLD)))
        return torch.stack(found)


class LearnedLeak(Neurons):
    """PLIF: one leak for all its neurons, which is learned."""

    def __init__(self, leak: float) -> None:
        super().__init__(leak)
        leak = max(leak, _LEAST_LEAK)
        self.leak_logit = nn.Parameter(torch.tensor([math.log(leak / (1 - leak))]))

    def leak(self) -> Tensor | float:
        """Float32 (1)."""
        return torch.sigmoid(self.leak_logit)


class RisingThreshold(Neurons):
    """ALIF: each spike makes the next one harder."""

    def risen(self, before: Tensor | float, spikes: Tensor) -> Tensor | float:
        """As there; a tensor of the spikes' shape."""
        return before * _DECAY + spikes * (_RISE * (1 - _DECAY))


NEURONS: Final[Mapping[str, type[Neurons]]] = MappingProxyType(
    {"lif": Neurons, "plif": LearnedLeak, "alif": RisingThreshold}
)
