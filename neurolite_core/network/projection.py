"""Indices to word vectors: the sum of table rows, then a window over neighbouring words.

The counting-Bloom vector of pNLP-Mixer (arXiv:2202.04350, section 3) times a projection matrix is
exactly the sum of the matrix's rows at the word's indices, so the dense vector never exists.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from neurolite_core.network.config import NeuroLiteConfig


class BloomProjection(nn.Module):
    """Table (M, E); a word is the sum of its K rows."""

    def __init__(self, config: NeuroLiteConfig) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.empty(config.table_size, config.projection_size))
        # The sum of K rows then has unit variance.
        nn.init.normal_(self.table, std=config.num_hashes**-0.5)

    def forward(self, indices: Tensor, mask: Tensor) -> Tensor:
        """indices int (N, L, K), mask float32 (N, L, 1) -> float32 (N, L, E), zero where padded."""
        return functional.embedding(indices, self.table).sum(dim=2) * mask


class WindowMixing(nn.Module):
    """Joins each word with its neighbours, zeros past the ends: (N, L, E) -> (N, L, H)."""

    def __init__(self, config: NeuroLiteConfig) -> None:
        super().__init__()
        self.window = config.window
        width = 2 * config.window + 1
        self.linear = nn.Linear(width * config.projection_size, config.hidden_size)

    def forward(self, x: Tensor) -> Tensor:
        """x float32 (N, L, E), zero where padded -> (N, L, H)."""
        batch, length, _ = x.shape
        padded = functional.pad(x, (0, 0, self.window, self.window))  # (N, L+2w, E)
        # Ends counted from the back are constants in an exported graph, whatever the length.
        last = 2 * self.window
        shifted = [padded[:, i : i - last if i < last else None] for i in range(last + 1)]
        joined = torch.cat(shifted, dim=-1)  # (N, L, (2w+1)E)
        mixed: Tensor = self.linear(joined.reshape(batch * length, -1))  # (N*L, H)
        return mixed.reshape(batch, length, -1)
