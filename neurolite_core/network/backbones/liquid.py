"""Liquid cells in closed form: each follows the words at a pace that the word itself decides.

Hasani et al., "Closed-form Continuous-time Neural Networks", 2022, arXiv:2106.13898: a cell's state x(0) becomes after
a time t, here one word, by their equation 4, s g + (1 - s) h with s = sigmoid(-f t), where f, g and h are heads of one
shared layer over the input and the state. This is the linear form: f and h see the input alone, and g is the state
itself, as in the solution of the linear equation dx/dt = -(x - h) / tau from which theirs is derived:

    h_t = (1 - p_t) h_(t-1) + p_t tanh(W u_t)      p_t = sigmoid(V u_t + b)      u_t = relu(U x_t)

so that a time constant of about 1 / p words depends on the word. Linear in the state, it is computed as a scan that
doubles its reach (``network.scan``), in every target without a loop, or word by word (``step``, ``go_on``), by the same
weights.
Further departures: blocks with a norm and a residual; ReLU in place of 1.7159 tanh(0.666 x) in the shared layer; from
both ends unless ``causal``. Padded words add nothing to a state, and what comes before either end is zero.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from neurolite_core.ground.errors import InputError
from neurolite_core.network.backbones.layers import LayeredBackbone
from neurolite_core.network.backbones.liquid_options import LiquidOptions
from neurolite_core.network.scan import reach_of, scan, scan_on

_SHORTEST, _LONGEST = 2.0, 64.0  # time constants before training, in words
_HEADS: Final = 2


class LiquidBlock(nn.Module):
    """Normalise, let the cells of each direction follow the words, add."""

    def __init__(
        self, channels: int, max_words: int, options: LiquidOptions, dropout: float
    ) -> None:
        super().__init__()
        self.inner, self.max_words = options.inner, max_words
        self.backward = (False,) if options.causal else (False, True)
        cells = options.inner * len(self.backward)
        self.norm = nn.LayerNorm(channels)
        self.shared = nn.Linear(channels, options.shared)
        self.heads = nn.Linear(options.shared, _HEADS * cells)
        self.first_pace = nn.Parameter(_first_paces(options.inner).repeat(len(self.backward)))
        self.leave = nn.Linear(cells, channels)
        self.dropout = nn.Dropout(dropout)

    def followed(self, x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """What is kept of a state at each word, and what is added to it, float32 (N, L, D or 2D) both.

        Args:
            x: float32 (N, L, H).
            mask: float32 (N, L, 1) of 0 and 1.
        """
        batch, length, channels = x.shape
        shared = functional.relu(self.shared(self.norm(x).reshape(batch * length, channels)))
        heads = self.heads(shared).reshape(batch, length, -1)
        cells = heads.shape[-1] // _HEADS
        pace = torch.sigmoid(heads[:, :, :cells] + self.first_pace) * mask
        return 1.0 - pace, pace * torch.tanh(heads[:, :, cells:])

    def _joined(self, x: Tensor, states: Tensor) -> Tensor:
        batch, length, channels = x.shape
        left: Tensor = self.leave(states.reshape(batch * length, -1))
        added: Tensor = self.dropout(left.reshape(batch, length, channels))
        return x + added

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """x float32 (N, L, H), mask float32 (N, L, 1) of 0 and 1 -> (N, L, H)."""
        kept, added = self.followed(x, mask)
        reach = reach_of(x, self.max_words)
        states = []
        for way, backward in enumerate(self.backward):
            own = slice(way * self.inner, (way + 1) * self.inner)
            states.append(scan(kept[:, :, own], added[:, :, own], reach, backward=backward))
        return self._joined(x, states[0] if len(states) == 1 else torch.cat(states, dim=-1))

    def go_on(self, x: Tensor, mask: Tensor, first: Tensor, kept: Tensor) -> tuple[Tensor, Tensor]:
        """Words more, of a causal block: x (N L, H), mask, first, the state (N, D) -> (N L, H), the next state."""
        batch, length, _ = mask.shape
        x = x.reshape(batch, length, -1)
        factors, added = self.followed(x, mask)
        states, kept = scan_on(factors, added, first, kept, reach_of(x, self.max_words))
        return self._joined(x, states).reshape(batch * length, -1), kept

    def step(self, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """One word more, of a causal block: x (N, 1, H), the state (N, 1, D) -> (N, 1, H), and the next state."""
        kept, added = self.followed(x, torch.ones_like(x[:, :, :1]))
        state = kept * state + added
        return self._joined(x, state), state


def _first_paces(inner: int) -> Tensor:
    """Biases for which a pace is 1 / tau, of time constants from 2 to 64 words, evenly on a logarithmic scale."""
    times = torch.linspace(math.log(_SHORTEST), math.log(_LONGEST), inner).exp()
    return -torch.log(times - 1.0)


class LiquidBackbone(LayeredBackbone):
    """A stack of liquid blocks.

    Args:
        channels: H.
        max_words: the longest text, in words.
        options: depth, widths and direction.
        dropout: probability on each residual branch during training.
    """

    def __init__(
        self, channels: int, max_words: int, options: LiquidOptions, dropout: float
    ) -> None:
        super().__init__()
        self.options = options
        self.blocks = nn.ModuleList(
            LiquidBlock(channels, max_words, options, dropout) for _ in range(options.num_layers)
        )

    def initial_state(self, batch: int) -> tuple[Tensor, ...]:
        """What ``step`` begins with: zeros float32 (N, 1, D) of each block."""
        return tuple(torch.zeros(batch, 1, self.options.inner) for _ in self.blocks)

    def step(self, x: Tensor, state: Sequence[Tensor]) -> tuple[Tensor, tuple[Tensor, ...]]:
        """One word more: what ``forward`` gives for the last of all words so far, by the same weights.

        Args:
            x: float32 (N, 1, H).
            state: of the words before it, from ``initial_state`` or the last call.

        Returns:
            float32 (N, 1, H), and the next state.

        Raises:
            InputError: the backbone reads from both ends.
        """
        if not self.options.causal:
            raise InputError(
                "The liquid backbone reads from both ends, and has no word by word. Train it with --set causal=true"
            )
        following = []
        for block, kept in zip(self.blocks, state, strict=True):
            assert isinstance(block, LiquidBlock)  # noqa: S101  # which nn.ModuleList does not say
            x, kept = block.step(x, kept)
            following.append(kept)
        return x, tuple(following)

    def go_on(
        self, x: Tensor, mask: Tensor, first: Tensor, state: Sequence[Tensor]
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Any number of words more, of causal blocks; as ``network.streams.Streams`` has it."""
        following = []
        for block, kept in zip(self.blocks, state, strict=True):
            assert isinstance(block, LiquidBlock)  # noqa: S101  # which nn.ModuleList does not say
            x, kept = block.go_on(x, mask, first, kept)
            following.append(kept)
        return x, tuple(following)
