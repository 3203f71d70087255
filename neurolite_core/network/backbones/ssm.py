"""A selective state space model: each channel keeps a few numbers, and each word says what to keep and what to add.

Gu and Dao, "Mamba: Linear-Time Sequence Modeling with Selective State Spaces", 2023, arXiv:2312.00752, equations 2 and
4 and algorithm 2: with a step d, an input B and an output C of the word itself, and a fixed decay A < 0,

    h_t = exp(d_t A) h_(t-1) + d_t B_t v_t        y_t = C_t h_t + D v_t

for each channel, and of a block norm -> v, gate -> h -> y silu(gate) -> norm -> out. Computed as a scan that doubles
its reach (``network.scan``), so that it lowers to every target without a loop, or word by word from a state
(``step``, ``go_on``), by the same weights. Departures: no convolution before it, as the window over neighbours stands
there; from both ends unless ``causal``, each direction with weights of its own; log A is stored as in the paper, and S
is 4 in the presets; the norm in front of the last product is that of the paper's successor (Dao and Gu, "Transformers
are SSMs", 2024, arXiv:2405.21060), as what is gated has outliers, for which int8 has too few steps; and each word
enters that product divided by its largest number, and leaves it times that, as some words have outliers and most none.
Padded words add nothing to a state, and what comes before the first word of either direction is zero.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from neurolite_core.ground.errors import InputError
from neurolite_core.network.backbones.layers import LayeredBackbone
from neurolite_core.network.backbones.ssm_options import SsmOptions
from neurolite_core.network.scan import reach_of, scan
from neurolite_core.network.selective_states import (
    SelectiveStates,
    read_states,
    what_words_say,
)
from neurolite_core.network.training_scan import training_scan

_SHORTEST, _LONGEST = 0.001, 0.1  # first steps, as in the paper
_SMALLEST = 1e-6


class StateSpace(nn.Module):
    """One direction: v (N, L, D) -> y (N, L, D).

    Args:
        options: sizes.
        max_words: the longest text, in words.
        backward: from the last word to the first.
    """

    def __init__(self, options: SsmOptions, max_words: int, *, backward: bool) -> None:
        super().__init__()
        self.inner, self.state = options.inner, options.state
        self.step_rank = options.step_rank
        self.max_words, self.backward = max_words, backward
        self.select = nn.Linear(options.inner, options.step_rank + 2 * options.state)
        self.steps = nn.Linear(options.step_rank, options.inner)
        places = torch.arange(1, options.state + 1, dtype=torch.float32)
        self.log_decay = nn.Parameter(places.log()[:, None].repeat(1, options.inner))
        self.first_step = nn.Parameter(_first_steps(options.inner))
        self.skip = nn.Parameter(torch.ones(options.inner))
        self.follow = SelectiveStates(max_words)

    def _rows(self, v: Tensor) -> tuple[Tensor, Tensor]:
        """What the products say of rows v (R, D): steps before their softplus (R, D), and all (R, rank + 2 S)."""
        chosen = self.select(v)
        # Added behind the product, whose own answers have a range for which int8 has finer steps.
        return self.steps(chosen[:, : self.step_rank]) + self.first_step, chosen

    def _said(self, v: Tensor) -> tuple[Tensor, Tensor]:
        """``_rows`` of v (N, L, D)."""
        batch, length, inner = v.shape
        steps, chosen = self._rows(v.reshape(batch * length, inner))
        return steps.reshape(batch, length, inner), chosen.reshape(batch, length, -1)

    def forward(self, v: Tensor, mask: Tensor) -> Tensor:
        """v float32 (N, L, D), mask float32 (N, L, 1) of 0 and 1 -> (N, L, D)."""
        factors, inputs, leave = what_words_say(*self._said(v), v, mask, self.log_decay)
        if self.training:
            kept = training_scan(factors, inputs, backward=self.backward)
        else:
            kept = scan(factors, inputs, reach_of(v, self.max_words), backward=self.backward)
        return read_states(kept, leave, v, self.skip)

    def go_on(self, v: Tensor, mask: Tensor, first: Tensor, kept: Tensor) -> tuple[Tensor, Tensor]:
        """Words more: v (N L, D), mask and first, the state (N, S D) -> y (N L, D), and the next state."""
        found: tuple[Tensor, Tensor] = self.follow(
            *self._rows(v), v, mask, first, kept, self.log_decay, self.skip
        )
        return found

    def step(self, v: Tensor, kept: Tensor) -> tuple[Tensor, Tensor]:
        """One word more: v (N, 1, D), the state (N, 1, S D) -> y (N, 1, D), and the next state."""
        every = torch.ones_like(v[:, :, :1])
        factors, inputs, leave = what_words_say(*self._said(v), v, every, self.log_decay)
        kept = factors * kept + inputs
        return read_states(kept, leave, v, self.skip), kept


def _first_steps(inner: int) -> Tensor:
    """Biases for which softplus gives steps from 0.001 to 0.1, evenly on a logarithmic scale."""
    steps = torch.linspace(math.log(_SHORTEST), math.log(_LONGEST), inner).exp()
    return steps + torch.log(-torch.expm1(-steps))


class ScaledProduct(nn.Module):
    """Rows (R, D) times a matrix (H, D) -> (R, H); each row enters the product as large as the others.

    Some words have outliers of ten times the others' numbers, and int8 may have one range for all words. Without
    parameters; a module, so that a target can replace it by its type.
    """

    def forward(self, rows: Tensor, weight: Tensor) -> Tensor:
        """Divided by their largest number before, and times that behind."""
        size = torch.clamp(torch.amax(torch.abs(rows), dim=-1, keepdim=True), min=_SMALLEST)
        return functional.linear(rows / size, weight) * size


class SsmBlock(nn.Module):
    """Normalise, mix words by states, gate, add."""

    def __init__(self, channels: int, max_words: int, options: SsmOptions, dropout: float) -> None:
        super().__init__()
        ways = (False,) if options.causal else (False, True)
        self.inner = options.inner
        self.norm = nn.LayerNorm(channels)
        self.enter = nn.Linear(channels, 2 * options.inner * len(ways))
        self.ways = nn.ModuleList(
            StateSpace(options, max_words, backward=backward) for backward in ways
        )
        self.leave_norm = nn.LayerNorm(options.inner * len(ways))
        self.leave = nn.Linear(options.inner * len(ways), channels)
        self.scaled = ScaledProduct()
        self.dropout = nn.Dropout(dropout)

    def _split(self, x: Tensor) -> tuple[list[Tensor], Tensor]:
        """v of each direction (N, L, D), and the gates of all (N, L, D) side by side."""
        batch, length, channels = x.shape
        both = self.enter(self.norm(x).reshape(batch * length, channels))
        both = both.reshape(batch, length, -1)
        size, ways = self.inner, len(self.ways)
        return [both[:, :, i * size : (i + 1) * size] for i in range(ways)], both[
            :, :, ways * size :
        ]

    def _joined(self, x: Tensor, found: Sequence[Tensor], gate: Tensor) -> Tensor:
        batch, length, channels = x.shape
        y = found[0] if len(found) == 1 else torch.cat(list(found), dim=-1)
        y = (y * (gate * torch.sigmoid(gate))).reshape(batch * length, -1)
        added: Tensor = self.dropout(self._left(y).reshape(batch, length, channels))
        return x + added

    def _left(self, y: Tensor) -> Tensor:
        """What gated states (R, D) add to a word (R, H)."""
        product: Tensor = self.scaled(self.leave_norm(y), self.leave.weight)
        return product + self.leave.bias

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """x float32 (N, L, H), mask float32 (N, L, 1) of 0 and 1 -> (N, L, H)."""
        values, gate = self._split(x)
        found = [way(v, mask) for way, v in zip(self.ways, values, strict=True)]
        return self._joined(x, found, gate)

    def go_on(self, x: Tensor, mask: Tensor, first: Tensor, kept: Tensor) -> tuple[Tensor, Tensor]:
        """Words more, of a causal block: x (N L, H), mask, first, the state (N, S D) -> (N L, H), the next state."""
        (way,) = self.ways
        assert isinstance(way, StateSpace)  # noqa: S101  # which nn.ModuleList does not say
        both = self.enter(self.norm(x))
        gate = both[:, self.inner :]
        y, kept = way.go_on(both[:, : self.inner], mask, first, kept)
        return x + self._left(y * (gate * torch.sigmoid(gate))), kept

    def step(self, x: Tensor, kept: Tensor) -> tuple[Tensor, Tensor]:
        """One word more, of a causal block: x (N, 1, H), the state (N, 1, S D) -> (N, 1, H), and the next state."""
        (v,), gate = self._split(x)
        (way,) = self.ways
        assert isinstance(way, StateSpace)  # noqa: S101  # which nn.ModuleList does not say
        found, kept = way.step(v, kept)
        return self._joined(x, [found], gate), kept


class SsmBackbone(LayeredBackbone):
    """A stack of state space blocks.

    Args:
        channels: H.
        max_words: the longest text, in words.
        options: depth, sizes and direction.
        dropout: probability on each residual branch during training.
    """

    def __init__(self, channels: int, max_words: int, options: SsmOptions, dropout: float) -> None:
        super().__init__()
        self.options = options
        self.blocks = nn.ModuleList(
            SsmBlock(channels, max_words, options, dropout) for _ in range(options.num_layers)
        )

    def initial_state(self, batch: int) -> tuple[Tensor, ...]:
        """What ``step`` begins with: zeros float32 (N, 1, S D) of each block."""
        size = self.options.state * self.options.inner
        return tuple(torch.zeros(batch, 1, size) for _ in self.blocks)

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
                "The state space backbone reads from both ends, and has no word by word. Train it with --set causal=true"
            )
        following = []
        for block, kept in zip(self.blocks, state, strict=True):
            assert isinstance(block, SsmBlock)  # noqa: S101  # which nn.ModuleList does not say
            x, kept = block.step(x, kept)
            following.append(kept)
        return x, tuple(following)

    def go_on(
        self, x: Tensor, mask: Tensor, first: Tensor, state: Sequence[Tensor]
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Any number of words more, of causal blocks; as ``network.streams.Streams`` has it."""
        following = []
        for block, kept in zip(self.blocks, state, strict=True):
            assert isinstance(block, SsmBlock)  # noqa: S101  # which nn.ModuleList does not say
            x, kept = block.go_on(x, mask, first, kept)
            following.append(kept)
        return x, tuple(following)
