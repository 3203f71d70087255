"""A model behind the limits of one fixed shape: the same weights, and fewer bytes and words that are read of a text."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Sequence

from neurolite_core.artifact.buckets import BLOCK, BYTES_PER_WORD, Bucket, buckets_of
from neurolite_core.ground.errors import InputError
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.features import graph_hash
from neurolite_core.network.model import TextNetwork


def bucket_of(config: NeuroLiteConfig, num_bytes: int) -> Bucket:
    """The one shape of a file that reads so many bytes of a text.

    Raises:
        InputError: it is no multiple of 64, or more than the model reads.
    """
    largest = buckets_of(config.max_bytes, config.max_words)[-1].num_bytes
    if num_bytes % BLOCK or not BLOCK <= num_bytes <= largest:
        raise InputError(
            f"--static is {num_bytes}; give bytes in steps of {BLOCK}, from {BLOCK} to {largest}, as the model reads "
            "no more."
        )
    return Bucket(num_bytes, min(num_bytes // BYTES_PER_WORD, config.max_words))


def limited_config(config: NeuroLiteConfig, buckets: Sequence[Bucket]) -> NeuroLiteConfig:
    """A config with the limits of the largest bucket; itself where that has its own, or there is none."""
    if not buckets:
        return config
    most = buckets[-1]
    return dataclasses.replace(
        config,
        max_bytes=min(config.max_bytes, most.num_bytes),
        max_words=min(config.max_words, most.num_words),
    )


def limited(network: TextNetwork, buckets: Sequence[Bucket]) -> TextNetwork:
    """The reference of a file with these buckets: texts are cut where the file cuts them.

    Args:
        network: not changed; given back itself where the buckets hold all that it reads.
        buckets: of the file, smallest first; none where it has no fixed shapes.
    """
    config = limited_config(network.config, buckets)
    if config == network.config:
        return network
    copied = copy.deepcopy(network)
    copied.config = copied.model.config = config
    copied.model.hash = graph_hash(config)
    return copied
