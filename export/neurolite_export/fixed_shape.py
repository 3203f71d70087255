"""Bytes to answer in fixed shapes, for the formats whose graphs have no free dimensions."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from neurolite_core.answer.outputs import EFFECTS, OFFSETS
from neurolite_core.artifact.buckets import Bucket
from neurolite_core.hashing.clusters import Clusters
from neurolite_core.hashing.graph_arithmetic import first_ends
from neurolite_core.network.exits import part_names
from neurolite_core.network.features import graph_hash, graph_ngrams, graph_offsets
from neurolite_core.network.model import TextNetwork
from neurolite_core.network.remembering import initial_tensors


def symbol_slots(bucket: Bucket, max_words: int) -> int:
    """Most symbols of a text that a bucket answers for good: its characters, and borders before words and at the end.

    A text with more words than a bucket has slots is run again in a longer one, but for those beyond ``max_words``.
    """
    words = bucket.num_words if bucket.num_words < max_words else bucket.num_bytes
    return bucket.num_bytes + words + 1


class Hashed(NamedTuple):
    """What is made of a text before the network, but for n-grams.

    Attributes:
        indices: int32 (N, L, K).
        words: float32 (N).
        starts: int32 (N, L), where the network's rules look inside words, else nothing.
        offsets: by its name int32 (N, L, 2), where the network finds spans, else nothing.
    """

    indices: Tensor
    words: Tensor
    starts: tuple[Tensor, ...]
    offsets: dict[str, Tensor]


class TextHash(nn.Module):
    """Bytes to what a network takes, and where the words stand.

    Args:
        network: its config, and its rules, are read.
    """

    def __init__(self, network: TextNetwork) -> None:
        super().__init__()
        self.words = graph_hash(network.config)
        self.offsets = graph_offsets(network.config)
        self.starts = None if network.rules is None else network.rules.starts

    def read_clusters(self, input_bytes: Tensor) -> Clusters:
        """The clusters of uint8 or int32 (N, T)."""
        return self.words.read_clusters(input_bytes, lengths=self.offsets is not None)

    def forward(self, clusters: Clusters, length: int) -> Hashed:
        """All of clusters that were read; L words have a slot."""
        minima, running, tails = self.words.hash_clusters(clusters)
        byte = first_ends(running, length)
        indices, words = self.words.select_words(minima, running, tails, byte, length)
        places = (clusters, running, byte, length)
        starts = () if self.starts is None else (self.starts(*places),)
        offsets = {} if self.offsets is None else {OFFSETS: self.offsets(*places)}
        return Hashed(indices, words, starts, offsets)


class FixedShapeNetwork(nn.Module):
    """A whole model for one bucket: hash and network, one text at a time.

    Args:
        network: the reference; its weights are shared, not copied.
        bucket: the shapes.
        outputs: names of the network's outputs, in the order that ``forward`` gives them.
        shows_effects: give what rules made of the text alone as well, behind all others, where there are rules.
        shows_exits: give ``Early.parts`` as well, last of all, by ``part_names``, where there are exits.
    """

    def __init__(
        self,
        network: TextNetwork,
        bucket: Bucket,
        outputs: tuple[str, ...],
        *,
        shows_effects: bool = False,
        shows_exits: bool = False,
    ) -> None:
        super().__init__()
        layers = network.config.num_layers if network.exits is not None else 0
        self.parts = part_names(layers) if shows_exits else ()
        self.shows_effects = shows_effects and network.rules is not None
        self.hash = TextHash(network)
        self.ngrams = graph_ngrams(network.config)
        self.network = network
        self.bucket = bucket
        self.outputs = outputs

    def forward(self, input_bytes: Tensor, *state: Tensor) -> tuple[Tensor, ...]:
        """Runs one text.

        Args:
            input_bytes: uint8 or int32 (1, T), zero-padded UTF-8, T of the bucket.
            state: (1, *shape) of each of the network's ``state_specs``.

        Returns:
            the network's outputs in the order of ``outputs``, the next state, then ``words`` int32 (1), the words in
            the text whether or not they had a slot, then ``indices`` int32 (1, L, K), and with a wide path ``ngrams``
            int32 (1, P, O).
        """
        clusters = self.hash.read_clusters(input_bytes)
        indices, words, starts, offsets = self.hash(clusters, self.bucket.num_words)
        ngrams: tuple[Tensor, ...] = ()
        if self.ngrams is not None:
            slots = symbol_slots(self.bucket, self.network.config.max_words)
            ngrams = self.ngrams.fixed(clusters, min(slots, self.ngrams.config.max_symbols))[:1]
        answers = self.network.network(indices, words, *ngrams, *starts, state=state, hidden=True)
        answers |= offsets
        found = (words.to(torch.int32), indices, *ngrams)
        effects = (answers[EFFECTS],) if self.shows_effects else ()
        names = (*self.outputs, *(spec.next_name for spec in self.network.state_specs))
        parts = (answers[name] for name in self.parts)
        return (*(answers[name] for name in names), *found, *effects, *parts)

    def example(self, dtype: torch.dtype) -> tuple[Tensor, ...]:
        """Arguments to export with: a row of zeros, and the state of a new conversation."""
        row = torch.zeros((1, self.bucket.num_bytes), dtype=dtype)
        return (row, *initial_tensors(self.network.state_specs, 1, row.device))
