"""A spiking network: the mixer's products, whose inputs are spikes over a few steps of time.

Each half of a block shows its normalised words as a constant current for T steps (direct coding: Rathi and Roy,
"DIET-SNN", 2020, arXiv:2008.03658) to neurons that spike; their spikes go through a product, as currents, to a second
layer of neurons; and what these say in T steps, their mean, goes through the second product. Words know each other by
the mixer's products over them, as in Li et al., "Brain-inspired Multilayer Perceptron with Spiking Neurons", 2022,
arXiv:2203.14679, rather than by an attention of spikes (Spikformer, arXiv:2209.15425); between blocks words stay
numbers, as in Hu et al., 2021, arXiv:2112.08954, whose residuals add to potentials rather than to spikes. So every
product with a stored weight takes zeros and ones, which hardware made for spikes adds up without multiplying
(``spiking_energy``); a phone multiplies all the same.

The second product of a mean is the mean of the products, so that it is computed once. T is a constant of the graph,
unrolled. Padded words are zero currents, below every threshold: they never spike.
"""

from __future__ import annotations

from torch import Tensor, nn

from neurolite_core.network.backbones.layers import LayeredBackbone
from neurolite_core.network.backbones.spiking_options import SpikingOptions
from neurolite_core.network.spiking_neurons import NEURONS
from neurolite_core.network.word_products import FromWords, ToWords


class SpikingWords(nn.Module):
    """Mixes words within each channel: (N, L, H) -> (N, L, H)."""

    def __init__(self, max_words: int, options: SpikingOptions) -> None:
        super().__init__()
        neurons = NEURONS[options.neuron]
        self.steps = options.steps
        self.enter, self.inside = neurons(options.leak), neurons(options.leak)
        self.expand = FromWords(max_words, options.token_hidden)
        self.contract = ToWords(options.token_hidden, max_words)

    def forward(self, x: Tensor) -> Tensor:
        """x float32 (N, L, H), zero where padded -> (N, L, H)."""
        batch, length, channels = x.shape
        current = x.transpose(1, 2).reshape(batch * channels, length)
        spikes = self.enter([current] * self.steps)  # (T, N*H, L)
        currents = self.expand(spikes.reshape(self.steps * batch * channels, length))
        currents = currents.reshape(self.steps, batch * channels, -1)
        spikes = self.inside([currents[step] for step in range(self.steps)])  # (T, N*H, S)
        found: Tensor = self.contract(spikes.mean(dim=0), length)
        return found.reshape(batch, channels, length).transpose(1, 2)


class SpikingChannels(nn.Module):
    """Mixes channels within each word: (N, L, H) -> (N, L, H)."""

    def __init__(self, channels: int, options: SpikingOptions) -> None:
        super().__init__()
        neurons = NEURONS[options.neuron]
        self.steps = options.steps
        self.enter, self.inside = neurons(options.leak), neurons(options.leak)
        self.expand = nn.Linear(channels, options.channel_hidden)
        self.contract = nn.Linear(options.channel_hidden, channels)

    def forward(self, x: Tensor) -> Tensor:
        """x float32 (N, L, H) -> (N, L, H)."""
        batch, length, channels = x.shape
        rows = batch * length
        current = x.reshape(rows, channels)
        spikes = self.enter([current] * self.steps)  # (T, N*L, H)
        currents = self.expand(spikes.reshape(self.steps * rows, channels))
        currents = currents.reshape(self.steps, rows, -1)
        spikes = self.inside([currents[step] for step in range(self.steps)])  # (T, N*L, C)
        found: Tensor = self.contract(spikes.mean(dim=0))
        return found.reshape(batch, length, channels)


class SpikingBlock(nn.Module):
    """Normalise, mix words, add; normalise, mix channels, add."""

    def __init__(
        self, channels: int, max_words: int, options: SpikingOptions, dropout: float
    ) -> None:
        super().__init__()
        self.word_norm = nn.LayerNorm(channels)
        self.word_mixing = SpikingWords(max_words, options)
        self.channel_norm = nn.LayerNorm(channels)
        self.channel_mixing = SpikingChannels(channels, options)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """x float32 (N, L, H), mask float32 (N, L, 1) of 0 and 1 -> (N, L, H)."""
        x = x + self.dropout(self.word_mixing(self.word_norm(x) * mask))
        # Padded words of a batch would spike here; nothing reads them, and counts of spikes leave them out.
        y: Tensor = x + self.dropout(self.channel_mixing(self.channel_norm(x) * mask))
        return y


class SpikingBackbone(LayeredBackbone):
    """A stack of spiking blocks.

    Args:
        channels: H.
        max_words: the longest text, in words.
        options: depth, widths, steps and neurons.
        dropout: probability on each residual branch during training.
    """

    def __init__(
        self, channels: int, max_words: int, options: SpikingOptions, dropout: float
    ) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            SpikingBlock(channels, max_words, options, dropout) for _ in range(options.num_layers)
        )
