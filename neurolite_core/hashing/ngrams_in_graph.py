"""N-grams as plain tensor operations: what ``GraphHash`` reads of a text to values (N, P, orders).

Section 10 of ``docs/hash-spec.md``, in the arithmetic of ``in_graph.py``. Characters lie at their last bytes there;
here they are brought next to each other, with the borders of words between them, so that an n-gram is a sum of shifts.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from neurolite_core.hashing.clusters import Clusters
from neurolite_core.hashing.graph_arithmetic import (
    find_counts,
    fraction,
    mix,
    of_text,
    rows_of,
    running_sums,
    shifted,
)
from neurolite_core.hashing.ngrams import (
    NO_NGRAM,
    NUM_BUCKETS,
    PARTS,
    NgramConfig,
    ngram_constants,
)
from neurolite_core.hashing.words import MODULUS

_REAL, _BORDER = PARTS, PARTS + 1  # rows of a symbol behind low, high and accent
_ROWS = PARTS + 2


class GraphNgrams(nn.Module):
    """A text's n-grams inside the graph.

    Args:
        config: which n-grams.
        numbered: gives numbers, as ``number_ngrams`` does, in place of values; it takes no more operations, as the
            buckets divide the modulus.
    """

    weights: Tensor
    conditions: Tensor
    modulus: Tensor
    reciprocal: Tensor

    def __init__(self, config: NgramConfig, *, numbered: bool = False) -> None:
        super().__init__()
        self.config = config
        self.modulus_of_values = NUM_BUCKETS if numbered else MODULUS
        self.none = 0 if numbered else NO_NGRAM
        # (1, orders, symbols * rows): the constants over the modulus, the offset by the row that is 1 at each symbol;
        # and what has to be 1: the last symbol is there, and no border inside.
        shape = (len(config.orders), config.highest, _ROWS)
        weights, conditions = torch.zeros(shape), torch.zeros(shape)
        for row, order in enumerate(config.orders):
            constants = ngram_constants()[order]
            weights[row, :order, :PARTS] = torch.tensor(constants.weights, dtype=torch.float32)
            weights[row, 0, _REAL] = constants.offset
            conditions[row, order - 1, _REAL] = 1
            if not config.across_words:
                conditions[row, 1 : order - 1, _BORDER] = -1
        self.register_buffer(
            "weights", (weights / self.modulus_of_values).reshape(1, shape[0], -1), False
        )
        self.register_buffer("conditions", conditions.reshape(1, shape[0], -1), False)
        self.register_buffer("modulus", torch.full((1, 1, 1), 2.0**24), False)
        self.register_buffer("reciprocal", torch.full((1, 1, 1), 2.0**-24), False)

    def forward(self, clusters: Clusters) -> tuple[Tensor, Tensor]:
        """The n-grams of a batch.

        Args:
            clusters: of ``GraphHash.read_clusters``.

        Returns:
            values int32 (N, P, orders), -1 (numbers: 0) where no n-gram starts, P the most symbols that are read of a
            text but at least 1; and int32 (N), the symbols of each text before the limit ``max_symbols``.
        """
        running = self.count_symbols(clusters)
        longest = int(running[:, -1, -1].max()) + 1 if len(running) else 0
        length = max(1, min(longest, self.config.max_symbols))
        values, counts = self.select(clusters, running, length)
        return values, counts.to(torch.int32)

    def fixed(self, clusters: Clusters, length: int) -> tuple[Tensor, Tensor]:
        """The same with P given, for graphs of fixed shapes; n-grams that reach behind P do not exist."""
        return self.select(clusters, self.count_symbols(clusters), length)

    def count_symbols(self, clusters: Clusters) -> Tensor:
        """Running sums, (N, S / 64, 64): up to each byte, the clusters that end, and the borders before words."""
        counted = clusters.inside + clusters.starts
        running = running_sums(counted, self.modulus, self.reciprocal)
        return running.reshape(len(counted), -1, running.shape[-1])

    def select(self, clusters: Clusters, running: Tensor, length: int) -> tuple[Tensor, Tensor]:
        """Values int32 (N, P, orders) and symbols float32 (N), of ``count_symbols``' sums."""
        batch, size = len(running), running.shape[1] * running.shape[2]
        last = running[:, -1:, -1:]  # (N, 1, 1), the closing border not counted
        total = last + last.clamp(0.0, 1.0)
        slots = torch.arange(1, length + 1, dtype=torch.float32, device=running.device)
        row = find_counts(slots[:, None], running).clamp(max=size - 1.0)
        at_byte = torch.cat([clusters.own, running.reshape(batch, 1, size)], dim=1)
        at_byte = at_byte.transpose(1, 2).reshape(batch * size, PARTS + 1)
        found = rows_of(at_byte, of_text(row, size))
        found = found.reshape(batch, length, PARTS + 1).transpose(1, 2)
        # A border is found at the same byte as the word's first cluster, which counts one more.
        real = (total - slots + 1.0).clamp(0.0, 1.0)  # (N, 1, P)
        opening = (found[:, PARTS:] - slots).clamp(0.0, 1.0)
        border = (opening + (slots - last).clamp(0.0, 1.0)) * real
        parts = found[:, :PARTS] * (real - border)
        symbols = torch.cat([parts[:, :1] + border, parts[:, 1:], real, border], dim=1)
        around = shifted(symbols, range(self.config.highest))
        values = fraction(mix(self.weights, around)) * float(self.modulus_of_values) + 1.0
        values = values * mix(self.conditions, around).clamp(0.0, 1.0)
        if self.none:
            values = values - 1.0
        return values.transpose(1, 2).to(torch.int32), total.reshape(batch)
