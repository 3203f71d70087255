"""Indices to word vectors: the sum of table rows, then a window over neighbouring words.

The counting-Bloom vector of pNLP-Mixer (arXiv:2202.04350, section 3) times a projection matrix is
exactly the sum of the matrix's rows at the word's indices, so the dense vector never exists. The matrix
is stored as it is trained, or packed for deployment (``row_packing.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from neurolite_core.network.config import FLOAT_BITS, NeuroLiteConfig
from neurolite_core.network.row_packing import (
    LARGEST,
    NIBBLE,
    OFFSET,
    PACKED_BITS,
    PackedRows,
    pack_rows,
)


def rounded_rows(table: Tensor, steps: Tensor) -> Tensor:
    """Rows (M, E) rounded to whole steps (M, 1) as ``pack_rows`` does, with the gradient of the rows themselves.

    The straight-through estimator (Bengio, Leonard and Courville 2013, arXiv:1308.3432): a network that is trained with
    it has learned to live with four bits.
    """
    rounded = (table.detach() / steps).round().clamp(-LARGEST, LARGEST) * steps
    return table + (rounded - table.detach())


class BloomProjection(nn.Module):
    """Table (M, E); a word is the sum of its K rows.

    Attributes:
        steps: what numbers of each row are rounded to, float32 (M, 1), where it computes with the table that will be
            packed; see ``learn_rounded``.
    """

    def __init__(self, config: NeuroLiteConfig) -> None:
        super().__init__()
        self.steps: Tensor | None = None
        self.table = nn.Parameter(torch.empty(config.table_size, config.projection_size))
        # The sum of K rows then has unit variance.
        nn.init.normal_(self.table, std=config.num_hashes**-0.5)

    def forward(self, indices: Tensor, mask: Tensor) -> Tensor:
        """indices int (N, L, K), mask float32 (N, L, 1) -> float32 (N, L, E), zero where padded."""
        table = self.table if self.steps is None else rounded_rows(self.table, self.steps)
        if self.training:
            # The same sums without K rows for each word in memory, ten times as fast with their gradient; converters
            # do not know it.
            batch, length, num_hashes = indices.shape
            bags = indices.reshape(batch * length, num_hashes)
            sums = functional.embedding_bag(bags, table, mode="sum")
            return sums.reshape(batch, length, -1) * mask
        return functional.embedding(indices, table).sum(dim=2) * mask


class PackedProjection(nn.Module):
    """Rows of four bits with a factor each, by ``row_packing``; a word is the sum of its K rows.

    Nothing in it is trained: a network is trained with ``BloomProjection`` and packed after that.
    """

    def __init__(self, config: NeuroLiteConfig) -> None:
        super().__init__()
        self.register_buffer("rows", torch.empty(0))
        self.register_buffer("factors", torch.empty(0))
        self.register_buffer("unit", torch.empty(0))
        self.rows: Tensor
        self.factors: Tensor
        self.unit: Tensor
        self.pack(BloomProjection(config).table.detach())

    def pack(self, table: Tensor) -> None:
        """Takes the packed table that is nearest to a table float32 (M, E)."""
        if table.is_meta:  # a model whose size is asked for
            size, width = table.shape
            self.rows = table.new_empty((size, width // 2), dtype=torch.uint8)
            self.factors = table.new_empty((size, 1), dtype=torch.uint8)
            self.unit = table.new_empty(())
            return
        packed = pack_rows(table.cpu().numpy())
        self.rows = torch.from_numpy(packed.rows).to(table.device)
        self.factors = torch.from_numpy(packed.factors[:, None]).to(table.device)
        self.unit = torch.tensor(float(packed.unit), device=table.device)

    def unpacked(self) -> Tensor:
        """The table that it stands for, float32 (M, E)."""
        rows, factors = self.rows.cpu().numpy(), self.factors.cpu().numpy()[:, 0]
        table = PackedRows(rows, factors, np.float32(self.unit.item())).unpacked()
        return torch.from_numpy(table).to(self.rows.device)

    def forward(self, indices: Tensor, mask: Tensor) -> Tensor:
        """indices int (N, L, K), mask float32 (N, L, 1) -> float32 (N, L, E), zero where padded."""
        pairs = functional.embedding(indices, self.rows).to(torch.float32)  # (N, L, K, E / 2)
        factors = functional.embedding(indices, self.factors).to(torch.float32)  # (N, L, K, 1)
        # Whole numbers below 2^24 all: floor and sums are exact.
        high = (torch.floor(pairs * (1 / NIBBLE)) * factors).sum(dim=2)
        low = (pairs * factors).sum(dim=2) - NIBBLE * high
        sums = torch.cat([low, high], dim=-1) - OFFSET * factors.sum(dim=2)
        return sums * self.unit * mask


# By the config's ``table_bits``. Modules, so that a target can replace one by its type.
PROJECTIONS: Final[
    Mapping[int, Callable[[NeuroLiteConfig], BloomProjection | PackedProjection]]
] = MappingProxyType({FLOAT_BITS: BloomProjection, PACKED_BITS: PackedProjection})


class WindowMixing(nn.Module):
    """Joins each word with its neighbours, zeros past the ends: (N, L, E) -> (N, L, H).

    Before a backbone that does not read ahead with those before it alone: no word then knows of what comes.
    """

    def __init__(self, config: NeuroLiteConfig) -> None:
        super().__init__()
        self.window = config.window
        self.behind = config.window if config.backbone_options.reads_ahead else 0
        width = self.window + 1 + self.behind
        self.linear = nn.Linear(width * config.projection_size, config.hidden_size)

    def forward(self, x: Tensor) -> Tensor:
        """x float32 (N, L, E), zero where padded -> (N, L, H)."""
        batch, length, _ = x.shape
        return self._mixed(joined_neighbours(x, self.window, self.behind)).reshape(
            batch, length, -1
        )

    def go_on(self, x: Tensor, before: Tensor | None) -> Tensor:
        """Of words that go on, where it does not read ahead.

        Args:
            x: float32 (N, L, E), zero where padded.
            before: the words before them, float32 (N, W, E); None where it joins none.

        Returns:
            float32 (N L, H), a row for each word.
        """
        if before is None:
            return self._mixed(x)
        return self._mixed(side_by_side(torch.cat([before, x], dim=1), self.window))

    def _mixed(self, joined: Tensor) -> Tensor:
        batch, length, width = joined.shape
        mixed: Tensor = self.linear(joined.reshape(batch * length, width))
        return mixed


def joined_neighbours(x: Tensor, before: int, behind: int) -> Tensor:
    """Each word side by side with words before and behind it, zeros past the ends.

    Args:
        x: float32 (N, L, E), zero where padded.
        before: how many words, A.
        behind: how many words, B.

    Returns:
        float32 (N, L, (A + 1 + B) E).
    """
    return side_by_side(functional.pad(x, (0, 0, before, behind)), before + behind)


def side_by_side(x: Tensor, more: int) -> Tensor:
    """Each row beside so many behind it: float32 (N, L + M, E) -> (N, L, (M + 1) E), M = ``more``."""
    # Ends counted from the back are constants in an exported graph, whatever the length.
    shifted = [x[:, i : i - more if i < more else None] for i in range(more + 1)]
    return torch.cat(shifted, dim=-1)
