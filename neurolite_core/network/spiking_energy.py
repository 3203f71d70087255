"""How many spikes a text takes in the spiking backbone, what is added up for them, and an estimate of its energy.

Energy by the formula of Spikformer (Zhou et al., 2022, arXiv:2209.15425, appendix), E = E_AC SOPs, where a synaptic
operation is an addition of one weight for one spike, against E = E_MAC MACs of the same products of numbers; 0.9 and
4.6 pJ for 32-bit numbers at 45 nm (Horowitz, "Computing's Energy Problem", ISSCC 2014). As there, what neurons, norms
and memory take is left out; it is an estimate for hardware that adds for each spike, which a phone is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import torch
from torch import Tensor, nn

from neurolite_core.network.backbones.spiking import (
    SpikingBackbone,
    SpikingBlock,
    SpikingChannels,
    SpikingWords,
)

PICOJOULES_OF_AN_ADDITION: Final = 0.9
PICOJOULES_OF_A_MULTIPLICATION: Final = 4.6  # and of adding what it gives
COUNTED: Final = 4

Seen = dict[nn.Module, Tensor]


@contextmanager
def _watched(backbone: SpikingBackbone) -> Iterator[Seen]:
    """The spikes of every layer of neurons, of the last call within."""
    seen: Seen = {}

    def keep(module: nn.Module, _: tuple[object, ...], spikes: Tensor) -> None:
        seen[module] = spikes

    layers = [
        neurons
        for half in backbone.modules()
        if isinstance(half, SpikingWords | SpikingChannels)
        for neurons in (half.enter, half.inside)
    ]
    handles = [each.register_forward_hook(keep) for each in layers]
    try:
        yield seen
    finally:
        for handle in handles:
            handle.remove()


@torch.no_grad()
def counted(backbone: SpikingBackbone, x: Tensor, mask: Tensor) -> Tensor:
    """What each text takes, its padding left out.

    Args:
        backbone: in any mode.
        x: float32 (N, L, H).
        mask: float32 (N, L, 1) of 0 and 1.

    Returns:
        Float32 (N, 4): spikes; neurons times steps, each of which could have been one; additions of a weight for a
        spike; multiplications that the same products of numbers would take.
    """
    with _watched(backbone) as seen:
        backbone(x, mask)
    total = torch.zeros(len(x), COUNTED, device=x.device)
    for block in backbone.blocks:
        assert isinstance(block, SpikingBlock)  # noqa: S101  # which nn.ModuleList does not say
        total += _of_words(block.word_mixing, seen, mask, x.shape[2])
        total += _of_channels(block.channel_mixing, seen, mask)
    return total


def _of_words(half: SpikingWords, seen: Seen, mask: Tensor, channels: int) -> Tensor:
    words, hidden = mask.sum(dim=(1, 2)), half.expand.out_features
    batch, steps = len(mask), half.steps
    enter = seen[half.enter].reshape(steps, batch, -1).sum(dim=(0, 2))  # padded words do not spike
    inside = seen[half.inside].reshape(steps, batch, -1).sum(dim=(0, 2))
    neurons = channels * (words + hidden)
    added = enter * hidden + inside * words
    return torch.stack(
        [enter + inside, steps * neurons, added, 2 * channels * words * hidden], dim=1
    )


def _of_channels(half: SpikingChannels, seen: Seen, mask: Tensor) -> Tensor:
    words = mask.sum(dim=(1, 2))
    (batch, length, _), steps = mask.shape, half.steps
    enter, inside = (
        (seen[each].reshape(steps, batch, length, -1) * mask).sum(dim=(0, 2, 3))
        for each in (half.enter, half.inside)
    )
    channels, hidden = half.expand.in_features, half.expand.out_features
    added = enter * hidden + inside * channels
    neurons = words * (channels + hidden)
    return torch.stack(
        [enter + inside, steps * neurons, added, 2 * words * channels * hidden], dim=1
    )
