"""Retrieval by the update of modern Hopfield networks: softmax(beta q K^T) V.

Ramsauer et al., "Hopfield Networks is All You Need", 2020, arXiv:2008.02217: one update of a state q among stored
patterns K is q' = softmax(beta q K^T) K; after one or more, what belongs to the patterns is read in the same way.

Sums over patterns are modules of their own, so that a target may replace them by their type: products of two computed
tensors have no weight that int8 could round, and are few numbers.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn

from neurolite_core.network.initialise import initialise

FAR: Final = 1e4
"""What an empty place is set back by before a softmax: its share is then 0, and every number type has it."""


class Scores(nn.Module):
    """Dot products of R queries with P keys."""

    def forward(self, queries: Tensor, keys: Tensor) -> Tensor:
        """queries float32 (N, R, K), keys float32 (N, P, K) -> float32 (N, R, P)."""
        if self.training:  # the same with its gradient in half the time; no target has to know it
            return torch.bmm(queries, keys.transpose(1, 2))
        return (queries[:, :, None, :] * keys[:, None, :, :]).sum(dim=-1)


class Weighted(nn.Module):
    """Patterns added by their weights."""

    def forward(self, weights: Tensor, patterns: Tensor) -> Tensor:
        """weights float32 (N, R, P), patterns float32 (N, P, D) -> float32 (N, R, D)."""
        if self.training:
            return torch.bmm(weights, patterns)
        return (weights[:, :, :, None] * patterns[:, None, :, :]).sum(dim=2)


class Lengths(nn.Module):
    """Euclidean lengths."""

    def forward(self, x: Tensor) -> Tensor:
        """x float32 (N, P, D) -> float32 (N, P, 1)."""
        found: Tensor = torch.linalg.vector_norm(x, dim=-1, keepdim=True)
        return found


def set_back(filled: Tensor) -> Tensor:
    """What is added to the energies of places before a softmax: filled float32 of 0 to 1 -> 0 where it is 1."""
    return (filled - 1.0) * FAR


class Recall(nn.Module):
    """How strongly each pattern is recalled: the weights of a retrieval after ``steps`` updates."""

    def __init__(self, steps: int) -> None:
        super().__init__()
        self.steps = steps
        self.scores, self.weighted = Scores(), Weighted()

    def forward(
        self, query: Tensor, keys: Tensor, filled: Tensor, places: Tensor, beta: Tensor
    ) -> Tensor:
        """Weights of R reads.

        Args:
            query: float32 (N, R, K).
            keys: float32 (N, P, K).
            filled: float32 (N, 1, P), 1 where there is a pattern and 0 where there is none.
            places: float32 (R, P), how much each read favours each place, whatever lies there.
            beta: float32 (1, R, 1), the sharpness of each read.

        Returns:
            float32 (N, R, P), whose sum over P is 1.
        """
        aside = set_back(filled) + places
        weights = torch.softmax(self.scores(query * beta, keys) + aside, dim=-1)
        for _ in range(self.steps - 1):
            query = self.weighted(weights, keys)
            weights = torch.softmax(self.scores(query * beta, keys) + aside, dim=-1)
        return weights


class Retrieval(nn.Module):
    """R reads of P patterns that are stored in a state.

    Args:
        size: D, components of texts and patterns.
        heads: R.
        key_size: K.
        steps: updates of one retrieval.
    """

    def __init__(self, size: int, heads: int, key_size: int, steps: int) -> None:
        super().__init__()
        self.heads, self.key_size = heads, key_size
        self.queries = nn.Linear(size, heads * key_size)
        self.keys = nn.Linear(size, key_size)
        self.log_beta = nn.Parameter(torch.full((1, heads, 1), key_size**-0.5).log())
        self.recall = Recall(steps)
        self.weighted = Weighted()
        initialise(self)

    def forward(
        self, text: Tensor, patterns: Tensor, filled: Tensor, places: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Reads for each text.

        Args:
            text: float32 (N, D).
            patterns: float32 (N, P, D).
            filled: float32 (N, 1, P), 1 where there is a pattern and 0 where there is none.
            places: float32 (R, P), how much each read favours each place; zeros for no order.

        Returns:
            The reads float32 (N, R, D), and the weights float32 (N, R, P), whose sum over P is 1.
        """
        _, count, size = patterns.shape
        query = self.queries(text).reshape(-1, self.heads, self.key_size)
        keys = self.keys(patterns.reshape(-1, size)).reshape(-1, count, self.key_size)
        weights = self.recall(query, keys, filled, places, self.log_beta.exp())
        return self.weighted(weights, patterns), weights
