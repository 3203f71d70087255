"""FNet: words and channels mixed by a Fourier transform, of which nothing is learned.

Lee-Thorp et al., "FNet: Mixing Tokens with Fourier Transforms", 2022, arXiv:2105.03824, equation 3: words X (L, H)
become the real part of the discrete Fourier transform over words of that over channels, here as products with constant
matrices of cosines and sines: cos X C - sin X S. The matrices over words are those of ``period`` P words whatever the
text's length, with the text repeated into them (word P counts as word 0 again) and the frequencies repeated likewise.
That is what masking takes: padded words are zeroed, add nothing to any frequency, and the frequencies are the same
ones however long the padding; a transform of the padded length would have others. With P of ``max_words`` it is the
transform of the text with zeros behind it. Further departures: orthonormal (over the root of P H), so that the sizes of
numbers stay; a norm before each of the two halves of a block in place of behind; ReLU in place of GELU.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from neurolite_core.network.backbones.fnet_options import FNetOptions
from neurolite_core.network.backbones.layers import LayeredBackbone
from neurolite_core.network.backbones.mixer import ChannelMixing


def waves(rows: int, columns: int, period: int) -> tuple[Tensor, Tensor]:
    """Cosines and sines of 2 pi r c / P over the root of P, each float32 (R, C)."""
    products = torch.arange(rows)[:, None] * torch.arange(columns) % period
    angles = products.to(torch.float64) * (2 * math.pi / period)
    scale = period**-0.5
    return (angles.cos() * scale).to(torch.float32), (angles.sin() * scale).to(torch.float32)


class FourierMixing(nn.Module):
    """Real part of the transform over words and channels: (N, L, H) -> (N, L, H).

    Args:
        channels: H.
        max_words: the longest text, in words.
        period: P.
    """

    channel_waves: Tensor
    cosines: Tensor
    sines: Tensor
    no_channels: Tensor
    no_words: Tensor

    def __init__(self, channels: int, max_words: int, period: int) -> None:
        super().__init__()
        self.repeats = -(-max_words // period)
        channel_waves = torch.cat(waves(channels, channels, channels))  # (2H, H)
        cosines, sines = waves(min(period, max_words), max_words, period)
        # Constants of the options: no checkpoint has them.
        self.register_buffer("channel_waves", channel_waves, persistent=False)
        self.register_buffer("cosines", cosines, persistent=False)
        self.register_buffer("sines", -sines, persistent=False)
        # Biases of zero: a product without one is another operator in ONNX, which int8 does not round.
        self.register_buffer("no_channels", torch.zeros(2 * channels), persistent=False)
        self.register_buffer("no_words", torch.zeros(len(cosines)), persistent=False)

    def cut(self, length: int) -> tuple[Tensor, Tensor]:
        """The matrices over words of so many: float32 (P, L) both."""
        return self.cosines[:, :length], self.sines[:, :length]

    def forward(self, x: Tensor) -> Tensor:
        """x float32 (N, L, H), zero where padded -> (N, L, H)."""
        batch, length, channels = x.shape
        rows = x.reshape(batch * length, channels)
        turned = functional.linear(rows, self.channel_waves, self.no_channels)
        turned = turned.reshape(batch, length, 2, channels).permute(2, 0, 3, 1)
        even = turned[0].reshape(batch * channels, length)
        odd = turned[1].reshape(batch * channels, length)
        cosines, sines = self.cut(length)
        found = functional.linear(even, cosines, self.no_words)
        found = found + functional.linear(odd, sines, self.no_words)  # (N*H, P)
        if self.repeats > 1:
            found = torch.cat([found] * self.repeats, dim=1)
        return found[:, :length].reshape(batch, channels, length).transpose(1, 2)


class FNetBlock(nn.Module):
    """Normalise, transform, add; normalise, mix channels, add."""

    def __init__(self, channels: int, options: FNetOptions, dropout: float) -> None:
        super().__init__()
        self.word_norm = nn.LayerNorm(channels)
        self.channel_norm = nn.LayerNorm(channels)
        self.channel_mixing = ChannelMixing(channels, options.channel_hidden)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor, transform: FourierMixing) -> Tensor:
        """x float32 (N, L, H), mask float32 (N, L, 1) of 0 and 1 -> (N, L, H)."""
        x = x + self.dropout(transform(self.word_norm(x) * mask))
        y: Tensor = x + self.dropout(self.channel_mixing(self.channel_norm(x)))
        return y


class FNetBackbone(LayeredBackbone):
    """A stack of FNet blocks.

    Args:
        channels: H.
        max_words: the longest text, in words.
        options: depth, width and period.
        dropout: probability on each residual branch during training.
    """

    def __init__(self, channels: int, max_words: int, options: FNetOptions, dropout: float) -> None:
        super().__init__()
        self.transform = FourierMixing(channels, max_words, options.period)
        self.blocks = nn.ModuleList(
            FNetBlock(channels, options, dropout) for _ in range(options.num_layers)
        )

    def beside(self, x: Tensor, mask: Tensor) -> tuple[object, ...]:  # noqa: ARG002  # it is the same for all
        """The transform, which all blocks share."""
        return (self.transform,)
