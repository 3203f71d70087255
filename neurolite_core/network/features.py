"""What a network takes: texts as indices of their words and numbers of their n-grams, on the host and in graphs."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from neurolite_core.ground.errors import InputError
from neurolite_core.hashing.in_graph import GraphHash
from neurolite_core.hashing.ngrams import hash_ngrams, number_ngrams
from neurolite_core.hashing.ngrams_in_graph import GraphNgrams
from neurolite_core.hashing.offsets_in_graph import GraphOffsets
from neurolite_core.hashing.words import hash_words
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.text.line_breaks import with_breaks
from neurolite_core.text.words import to_bytes, truncate


def features_of(texts: Sequence[str | bytes], config: NeuroLiteConfig) -> tuple[Tensor, ...]:
    """Hashes texts on the host, exactly as the graph does.

    Args:
        texts: N texts; str or raw bytes, of any length and content.
        config: limits, K and M, and n-grams.

    Returns:
        What ``TextNetwork.network`` takes: indices int64 (N, L, K) and the words of each text, at most ``max_words``,
        int64 (N); and of a config with a wide path the numbers of n-grams, int64 (N, P, O), 0 where none starts.

    Raises:
        InputError: a single string was given in place of a sequence of texts, or no text at all.
    """
    if isinstance(texts, str | bytes):
        raise InputError("input_texts is one text; give a list of texts: input_texts=[text].")
    if len(texts) == 0:
        raise InputError("input_texts is empty; give at least one text.")
    data = [truncate(to_bytes(text), config.max_bytes)[0] for text in texts]
    if config.line_breaks:
        data = [with_breaks(text) for text in data]
    words = hash_words(data, num_hashes=config.num_hashes, table_size=config.table_size)
    indices, counts = words.padded(config.max_words)
    found = [indices, counts]
    if config.wide is not None:
        found.append(number_ngrams(hash_ngrams(data, config.wide.ngrams).padded()))
    return tuple(torch.from_numpy(each).long() for each in found)


def graph_hash(config: NeuroLiteConfig) -> GraphHash:
    """The hash of a model's shape, as part of a graph."""
    return GraphHash(
        num_hashes=config.num_hashes,
        table_size=config.table_size,
        max_words=config.max_words,
        line_breaks=config.line_breaks,
    )


def graph_ngrams(config: NeuroLiteConfig) -> GraphNgrams | None:
    """The n-grams of a model's wide path, as part of a graph; None without one."""
    return None if config.wide is None else GraphNgrams(config.wide.ngrams, numbered=True)


def graph_offsets(config: NeuroLiteConfig) -> GraphOffsets | None:
    """Where words stand, as part of a graph; None of a network that finds no spans."""
    return None if config.spans is None else GraphOffsets()
