"""Bytes to answer in fixed shapes, for the formats whose graphs have no free dimensions."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from neurolite_core.artifact.buckets import Bucket
from neurolite_core.network.model import TextNetwork, graph_hash


class FixedShapeNetwork(nn.Module):
    """A whole model for one bucket: hash and network, one text at a time.

    Args:
        network: the reference; its weights are shared, not copied.
        bucket: the shapes.
        outputs: names of the network's outputs, in the order that ``forward`` gives them.
    """

    def __init__(self, network: TextNetwork, bucket: Bucket, outputs: tuple[str, ...]) -> None:
        super().__init__()
        self.hash = graph_hash(network.config)
        self.network = network
        self.bucket = bucket
        self.outputs = outputs

    def forward(self, input_bytes: Tensor) -> tuple[Tensor, ...]:
        """Runs one text.

        Args:
            input_bytes: uint8 or int32 (1, T), zero-padded UTF-8, T of the bucket.

        Returns:
            the network's outputs in the order of ``outputs``, then ``words`` int32 (1), the words in
            the text whether or not they had a slot, then ``indices`` int32 (1, L, K).
        """
        indices, words = self.hash.fixed(input_bytes, self.bucket.num_words)
        answers = self.network.network(indices, words)
        return (*(answers[name] for name in self.outputs), words.to(torch.int32), indices)

    def example(self, dtype: torch.dtype) -> tuple[Tensor]:
        """Arguments to export with: a row of zeros."""
        return (torch.zeros((1, self.bucket.num_bytes), dtype=dtype),)
