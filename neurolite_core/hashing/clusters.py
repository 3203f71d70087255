"""The clusters of texts inside graphs: what ``in_graph.py`` reads, and all that asks for more than indices looks at."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


class Clusters(NamedTuple):
    """The clusters of words, each at its last byte.

    Attributes:
        rows: float32 (N, 9, S), what the hash functions weigh: low of the previous, own and next cluster, high of the
            three, the own accent, and ``inside``; and 0 where ``starts`` is 1, else 1.
        accents: float32 (N, 1, S), the own accent.
        inside: float32 (N, 1, S), 1 where a cluster of a word ends.
        starts: float32 (N, 1, S), 1 where a word's first cluster ends.
        lengths: float32 (N, 1, S), bytes of the own cluster; anything where none ends, None where nobody asked.
    """

    rows: Tensor
    accents: Tensor
    inside: Tensor
    starts: Tensor
    lengths: Tensor | None = None

    @property
    def own(self) -> Tensor:
        """float32 (N, 3, S), low, high and accent of the own cluster."""
        return torch.cat([self.rows[:, 1:2], self.rows[:, 4:5], self.accents], dim=1)
