"""HyperMixer: the MLP that mixes words is made of the words themselves, so that its length is free.

Mai et al., "HyperMixer: An MLP-based Low Cost Alternative to Transformers", 2023, arXiv:2203.03691, section 3 and
algorithm 1: with W1 and W2 (L, d') from two MLPs over each word alone, words X (L, H) become
norm(W2 relu(W1^T X)); tied, W2 is W1. Departures: ReLU in place of GELU, as in the mixer; what tells the places of
words apart is joined to them rather than added, sinusoids of 16 channels (arXiv:1706.03762), so that nothing is
learned of a place and longer texts than those of training have theirs; channels are mixed as in the mixer. Padded words
are zeroed before mixing: their columns of W1^T X are then zero, so that they change nothing.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from neurolite_core.ground.errors import InputError
from neurolite_core.network.backbones.hypermixer_options import HyperMixerOptions
from neurolite_core.network.backbones.layers import LayeredBackbone
from neurolite_core.network.backbones.mixer import ChannelMixing

PLACE_CHANNELS: Final = 16
_LONGEST: Final = 1024.0  # words of the longest wave, over 2 pi


def places(max_words: int) -> Tensor:
    """What tells places apart: sinusoids, float32 (L, 16)."""
    half = PLACE_CHANNELS // 2
    rates = _LONGEST ** -(torch.arange(half, dtype=torch.float64) / (half - 1))
    angles = torch.arange(max_words, dtype=torch.float64)[:, None] * rates
    return torch.cat([angles.sin(), angles.cos()], dim=1).to(torch.float32)


class Hypernetwork(nn.Module):
    """One word to its row of a weight: an MLP over each word, (R, D + 16) -> (R, d')."""

    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.expand = nn.Linear(channels + PLACE_CHANNELS, channels)
        self.contract = nn.Linear(channels, hidden)

    def forward(self, x: Tensor) -> Tensor:
        """x float32 (R, D + 16) -> (R, d')."""
        rows: Tensor = self.contract(functional.relu(self.expand(x)))
        return rows


class HyperHead(nn.Module):
    """Mixes words within D channels by weights that come of them.

    Args:
        channels: D.
        options: the width d', and whether the weights are tied.
    """

    def __init__(self, channels: int, options: HyperMixerOptions) -> None:
        super().__init__()
        self.first = Hypernetwork(channels, options.token_hidden)
        self.second = None if options.tied else Hypernetwork(channels, options.token_hidden)

    def forward(self, x: Tensor, around: Tensor) -> Tensor:
        """x float32 (N, L, D), zero where padded; around (N, L, 16) -> (N, L, D)."""
        batch, length, channels = x.shape
        known = torch.cat([x, around], dim=-1).reshape(batch * length, channels + PLACE_CHANNELS)
        first = self.first(known).reshape(batch, length, -1)
        second = first
        if self.second is not None:
            second = self.second(known).reshape(batch, length, -1)
        hidden = functional.relu(torch.bmm(first.transpose(1, 2), x))  # (N, d', D)
        return torch.bmm(second, hidden)


class HyperMixerBlock(nn.Module):
    """Normalise, mix words, add; normalise, mix channels, add."""

    def __init__(self, channels: int, options: HyperMixerOptions, dropout: float) -> None:
        super().__init__()
        self.word_norm = nn.LayerNorm(channels)
        self.size = channels // options.heads
        self.heads = nn.ModuleList(HyperHead(self.size, options) for _ in range(options.heads))
        self.mixed_norm = nn.LayerNorm(channels)  # whatever the number of words
        self.channel_norm = nn.LayerNorm(channels)
        self.channel_mixing = ChannelMixing(channels, options.channel_hidden)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor, around: Tensor) -> Tensor:
        """x float32 (N, L, H), mask float32 (N, L, 1) of 0 and 1, around (N, L, 16) -> (N, L, H)."""
        words = self.word_norm(x) * mask
        parts = [
            head(words[:, :, place * self.size : (place + 1) * self.size], around)
            for place, head in enumerate(self.heads)
        ]
        mixed = parts[0] if len(parts) == 1 else torch.cat(parts, dim=-1)
        x = x + self.dropout(self.mixed_norm(mixed))
        y: Tensor = x + self.dropout(self.channel_mixing(self.channel_norm(x)))
        return y


class HyperMixerBackbone(LayeredBackbone):
    """A stack of HyperMixer blocks.

    Args:
        channels: H.
        max_words: the longest text, in words.
        options: depth, widths and heads.
        dropout: probability on each residual branch during training.

    Raises:
        InputError: the heads do not divide the channels.
    """

    places: Tensor

    def __init__(
        self, channels: int, max_words: int, options: HyperMixerOptions, dropout: float
    ) -> None:
        super().__init__()
        if channels % options.heads:
            raise InputError(
                f"heads is {options.heads}, and hidden_size {channels} is no multiple of it; give a divisor."
            )
        self.register_buffer("places", places(max_words), persistent=False)
        self.blocks = nn.ModuleList(
            HyperMixerBlock(channels, options, dropout) for _ in range(options.num_layers)
        )

    def beside(self, x: Tensor, mask: Tensor) -> tuple[object, ...]:
        """The words' places, float32 (N, L, 16), zero where padded."""
        return (self.places[: x.shape[1]] * mask,)
