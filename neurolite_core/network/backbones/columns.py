"""Cortical columns: a mixer of 2:4 sparse products, whose units inhibit other columns' and have dendrites.

Units of the MLP over channels stand in K columns. Each unit u has B dendritic branches, of which a text's context c,
made of the mean of its words, chooses the strongest; its sigmoid is how far the unit is open (Iyer et al., "Avoiding
Catastrophe: Active Dendrites Enable Multi-Task Learning in Dynamic Environments", 2022, arXiv:2201.00042, equations 1
and 2; there the strongest is that of the greatest absolute value, which jumps):

    e_i = relu(u_i) sigmoid(max_b (D_bi c + d_bi))

Columns then inhibit each other, by what is active in them on average (Mountcastle, "The columnar organization of the
neocortex", 1997; the subtractive form of lateral inhibition):

    a_k = mean of e_i in column k        y_i = relu(e_i - relu(g_k) (sum_(j != k) a_j) / (K - 1))

with a strength g of each column that is learned. All four products of a block, over words and over channels, have 2:4
sparse weights (``sparse_products``); the two that choose branches are small and dense. Padded words are zeroed before
mixing, and are not in the context.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from neurolite_core.ground.errors import InputError
from neurolite_core.network.backbones.columns_options import ColumnsOptions
from neurolite_core.network.backbones.layers import LayeredBackbone
from neurolite_core.network.pooling import MeanPooling
from neurolite_core.network.sparse_products import (
    SparseFromWords,
    SparseLinear,
    SparseToWords,
)

_FIRST_STRENGTH: Final = 0.5


class SparseWordMixing(nn.Module):
    """Mixes words within each channel by 2:4 sparse products: (N, L, H) -> (N, L, H)."""

    def __init__(self, max_words: int, hidden: int) -> None:
        super().__init__()
        self.expand = SparseFromWords(max_words, hidden)
        self.contract = SparseToWords(hidden, max_words)

    def forward(self, x: Tensor) -> Tensor:
        """x float32 (N, L, H), zero where padded -> (N, L, H)."""
        batch, length, channels = x.shape
        x = x.transpose(1, 2).reshape(batch * channels, length)
        found: Tensor = self.contract(functional.relu(self.expand(x)), length)
        return found.reshape(batch, channels, length).transpose(1, 2)


class Dendrites(nn.Module):
    """How far each unit is open, of a text's context: (N, L, H) -> (N, 1, C), 0 to 1."""

    def __init__(self, channels: int, options: ColumnsOptions) -> None:
        super().__init__()
        self.units = options.channel_hidden
        self.pool = MeanPooling()
        self.context = nn.Linear(channels, options.context)
        self.branches = nn.Linear(options.context, options.branches * self.units)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """x float32 (N, L, H), mask float32 (N, L, 1) of 0 and 1 -> (N, 1, C)."""
        context = functional.relu(self.context(self.pool(x, mask)))
        all_branches = self.branches(context)  # (N, B C)
        chosen: Tensor = all_branches[:, : self.units]
        for start in range(self.units, all_branches.shape[1], self.units):
            chosen = torch.maximum(chosen, all_branches[:, start : start + self.units])
        return torch.sigmoid(chosen).unsqueeze(1)


class Inhibition(nn.Module):
    """Each column's units less what other columns are active: (R, C) -> (R, C)."""

    def __init__(self, columns: int) -> None:
        super().__init__()
        self.columns = columns
        self.strength = nn.Parameter(torch.full((columns,), _FIRST_STRENGTH))

    def forward(self, active: Tensor) -> Tensor:
        """active float32 (R, C), at least 0 -> (R, C)."""
        rows, units = active.shape
        active = active.reshape(rows, self.columns, units // self.columns)
        means = active.mean(dim=2, keepdim=True)  # (R, K, 1)
        others = (means.sum(dim=1, keepdim=True) - means) * (1 / (self.columns - 1))
        inhibited = functional.relu(active - others * functional.relu(self.strength)[:, None])
        return inhibited.reshape(rows, units)


class ColumnsBlock(nn.Module):
    """Normalise, mix words, add; normalise, mix channels in columns, add."""

    def __init__(
        self, channels: int, max_words: int, options: ColumnsOptions, dropout: float
    ) -> None:
        super().__init__()
        self.word_norm = nn.LayerNorm(channels)
        self.word_mixing = SparseWordMixing(max_words, options.token_hidden)
        self.channel_norm = nn.LayerNorm(channels)
        self.expand = SparseLinear(channels, options.channel_hidden)
        self.dendrites = Dendrites(channels, options)
        self.inhibition = Inhibition(options.columns)
        self.contract = SparseLinear(options.channel_hidden, channels)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """x float32 (N, L, H), mask float32 (N, L, 1) of 0 and 1 -> (N, L, H)."""
        batch, length, channels = x.shape
        x = x + self.dropout(self.word_mixing(self.word_norm(x) * mask))
        words = self.channel_norm(x)
        units = functional.relu(self.expand(words.reshape(batch * length, channels)))
        active = units.reshape(batch, length, -1) * self.dendrites(words, mask)
        active = self.inhibition(active.reshape(batch * length, -1))
        found: Tensor = self.contract(active).reshape(batch, length, channels)
        added: Tensor = self.dropout(found)
        return x + added


class ColumnsBackbone(LayeredBackbone):
    """A stack of blocks of columns.

    Args:
        channels: H.
        max_words: the longest text, in words.
        options: depth, widths, columns and branches.
        dropout: probability on each residual branch during training.

    Raises:
        InputError: the columns do not divide the units.
    """

    def __init__(
        self, channels: int, max_words: int, options: ColumnsOptions, dropout: float
    ) -> None:
        super().__init__()
        if options.channel_hidden % options.columns:
            raise InputError(
                f"columns is {options.columns}, and channel_hidden {options.channel_hidden} is no multiple of it; "
                "give a divisor."
            )
        self.blocks = nn.ModuleList(
            ColumnsBlock(channels, max_words, options, dropout) for _ in range(options.num_layers)
        )
