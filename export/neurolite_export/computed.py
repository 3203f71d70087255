"""Sums of a memory as products of two computed tensors, for targets whose graphs have such a product.

They have no stored weight, so that int8 leaves them as they are.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from neurolite_core.network.memory.retrieval import Scores, Weighted
from neurolite_export.replacing import Lowering


class ScoresByProduct(nn.Module):
    """``Scores``."""

    def forward(self, queries: Tensor, keys: Tensor) -> Tensor:
        """queries float32 (N, R, K), keys float32 (N, P, K) -> float32 (N, R, P)."""
        return torch.bmm(queries, keys.transpose(1, 2))


class WeightedByProduct(nn.Module):
    """``Weighted``."""

    def forward(self, weights: Tensor, patterns: Tensor) -> Tensor:
        """weights float32 (N, R, P), patterns float32 (N, P, D) -> float32 (N, R, D)."""
        return torch.bmm(weights, patterns)


def scores(_: Scores, __: Lowering) -> nn.Module:
    """Row of a table of replacements."""
    return ScoresByProduct()


def weighted(_: Weighted, __: Lowering) -> nn.Module:
    """Row of a table of replacements."""
    return WeightedByProduct()
