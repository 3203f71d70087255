"""Reservoirs: echo state networks of fixed sparse weights, of which only what reads them is learned.

What the units do, and by which papers, stands in ``network.fixed_reservoir``: leaky and linear, turned so that each is
alone, and scanned with a reach that doubles (``network.scan``), as a leaky tanh unit could not be. A block is norm ->
states -> an MLP that reads them -> added to the words. The same reservoir reads from both ends (Bianchi et al., 2018,
"Bidirectional deep-readout echo state networks", arXiv:1711.06509) unless ``causal``. Blocks stand on each other as in
deep echo state networks (Gallicchio et al., 2017), each with weights of its own.

With ``predictive`` each unit predicts its next state of its own last state and input, and gives its surprise too, as
predictive coding has it (Rao and Ballard, 1999): e_t = z_t - p z_(t-1) - q u_(t-1). Padded words add nothing.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from neurolite_core.network.backbones.layers import LayeredBackbone
from neurolite_core.network.backbones.reservoir_options import ReservoirOptions
from neurolite_core.network.fixed_reservoir import reservoir_of
from neurolite_core.network.scan import reach_of, scan_fixed, shifted


class FixedStates(nn.Module):
    """The states of a reservoir, turned: x (N, L, H) -> (N, L, S), S of D numbers for each end and kind.

    Args:
        channels: H.
        max_words: the longest text, in words.
        options: of the reservoir.
        layer: number of the block, which draws weights of its own.
    """

    enter: Tensor
    kept: Tensor
    none: Tensor

    def __init__(
        self, channels: int, max_words: int, options: ReservoirOptions, layer: int
    ) -> None:
        super().__init__()
        self.max_words = max_words
        self.ways = (False,) if options.causal else (False, True)
        enter, kept = torch.empty(options.units, channels), torch.empty(options.units)
        if not enter.is_meta:  # a model whose size is asked for, maybe a stranger's, is not drawn
            drawn = reservoir_of(options, channels, layer)
            enter.copy_(torch.from_numpy(drawn.enter))
            kept.copy_(torch.from_numpy(drawn.kept))
        # A checkpoint has them: their signs are those of the machine that decomposed the weights.
        self.register_buffer("enter", enter)
        self.register_buffer("kept", kept)
        # A product without a bias is another operator in ONNX, which int8 does not round.
        self.register_buffer("none", torch.zeros(options.units), persistent=False)
        self.from_state: nn.Parameter | None = None
        self.from_input: nn.Parameter | None = None
        if options.predictive:  # before it is learned: a state decays, and nothing comes
            self.from_state = nn.Parameter(self.kept.clone())
            self.from_input = nn.Parameter(torch.zeros(options.units))

    def forward(self, x: Tensor) -> Tensor:
        """x float32 (N, L, H), zero where padded -> float32 (N, L, S)."""
        batch, length, channels = x.shape
        entered = functional.linear(x.reshape(batch * length, channels), self.enter, self.none)
        entered = entered.reshape(batch, length, -1)
        found = []
        for backward in self.ways:
            states = scan_fixed(self.kept, entered, reach_of(x, self.max_words), backward=backward)
            found.append(states)
            if self.from_state is not None and self.from_input is not None:
                expected = self.from_state * shifted(states, 1, backward=backward)
                expected = expected + self.from_input * shifted(entered, 1, backward=backward)
                found.append(states - expected)
        return found[0] if len(found) == 1 else torch.cat(found, dim=-1)


class ReservoirBlock(nn.Module):
    """Normalise, follow the words by fixed units, read their states, add."""

    def __init__(
        self, channels: int, max_words: int, options: ReservoirOptions, dropout: float, layer: int
    ) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels)
        self.states = FixedStates(channels, max_words, options, layer)
        width = options.units * len(self.states.ways) * (2 if options.predictive else 1)
        self.expand = nn.Linear(width, options.read_hidden)
        self.contract = nn.Linear(options.read_hidden, channels)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """x float32 (N, L, H), mask float32 (N, L, 1) of 0 and 1 -> (N, L, H)."""
        batch, length, channels = x.shape
        states = self.states(self.norm(x) * mask).reshape(batch * length, -1)
        read: Tensor = self.contract(functional.relu(self.expand(states)))
        added: Tensor = self.dropout(read.reshape(batch, length, channels))
        return x + added


class ReservoirBackbone(LayeredBackbone):
    """A stack of reservoir blocks.

    Args:
        channels: H.
        max_words: the longest text, in words.
        options: depth, sizes, and what the fixed weights are like.
        dropout: probability on each residual branch during training.
    """

    def __init__(
        self, channels: int, max_words: int, options: ReservoirOptions, dropout: float
    ) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            ReservoirBlock(channels, max_words, options, dropout, layer)
            for layer in range(options.num_layers)
        )
