"""MLP-Mixer: one MLP across words, one across channels, each with a residual.

Tolstikhin et al., "MLP-Mixer: An all-MLP Architecture for Vision", 2021, arXiv:2105.01601, as used
for text by pNLP-Mixer (arXiv:2202.04350). Departures: the word-mixing weights are sliced to the
real length, so cost follows the text; padded words are zeroed before mixing, so that they change
nothing; ReLU in place of GELU, because it costs nothing in int8.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from neurolite_core.network.backbones.layers import LayeredBackbone
from neurolite_core.network.backbones.mixer_options import MixerOptions


class WordMixing(nn.Module):
    """Mixes words within each channel, with weights sliced to the batch's longest text."""

    def __init__(self, max_words: int, hidden: int) -> None:
        super().__init__()
        self.expand = nn.Linear(max_words, hidden)
        self.contract = nn.Linear(hidden, max_words)

    def forward(self, x: Tensor) -> Tensor:
        """x float32 (N, L, H), zero where padded -> (N, L, H)."""
        batch, length, channels = x.shape
        x = x.transpose(1, 2).reshape(batch * channels, length)  # (N*H, L)
        x = functional.linear(x, self.expand.weight[:, :length], self.expand.bias)  # (N*H, S)
        weight, bias = self.contract.weight[:length], self.contract.bias[:length]
        x = functional.linear(functional.relu(x), weight, bias)  # (N*H, L)
        return x.reshape(batch, channels, length).transpose(1, 2)


class ChannelMixing(nn.Module):
    """Mixes channels within each word."""

    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.expand = nn.Linear(channels, hidden)
        self.contract = nn.Linear(hidden, channels)

    def forward(self, x: Tensor) -> Tensor:
        """x float32 (N, L, H) -> (N, L, H)."""
        batch, length, channels = x.shape
        x = x.reshape(batch * length, channels)  # one plain matrix product, whatever the batch
        x = self.contract(functional.relu(self.expand(x)))
        return x.reshape(batch, length, channels)


class MixerBlock(nn.Module):
    """Normalise, mix words, add; normalise, mix channels, add."""

    def __init__(
        self, channels: int, max_words: int, options: MixerOptions, dropout: float
    ) -> None:
        super().__init__()
        self.word_norm = nn.LayerNorm(channels)
        self.word_mixing = WordMixing(max_words, options.token_hidden)
        self.channel_norm = nn.LayerNorm(channels)
        self.channel_mixing = ChannelMixing(channels, options.channel_hidden)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """x float32 (N, L, H), mask float32 (N, L, 1) of 0 and 1 -> (N, L, H)."""
        x = x + self.dropout(self.word_mixing(self.word_norm(x) * mask))
        y: Tensor = x + self.dropout(self.channel_mixing(self.channel_norm(x)))
        return y


class MixerBackbone(LayeredBackbone):
    """A stack of mixer blocks.

    Args:
        channels: H.
        max_words: the longest text, in words.
        options: depth and widths.
        dropout: probability on each residual branch during training.
    """

    def __init__(
        self, channels: int, max_words: int, options: MixerOptions, dropout: float
    ) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            MixerBlock(channels, max_words, options, dropout) for _ in range(options.num_layers)
        )
