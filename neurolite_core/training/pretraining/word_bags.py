"""Texts as bags of their distinct words: each is hashed once, however often it occurs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.hashing.words import hash_words
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.text.words import truncate

_CHUNK: Final = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class WordBags:
    """N texts over V distinct words; words that share all indices are one.

    Attributes:
        indices: int32 [V, K], rows of the table of each word.
        words: int32 [W], of all texts in order, numbers of ``indices``.
        bounds: int64 [N + 1], of the texts in ``words``.
    """

    indices: NDArray[np.int32]
    words: NDArray[np.int32]
    bounds: NDArray[np.int64]

    @property
    def counts(self) -> NDArray[np.int64]:
        """Words of each text, int64 [N]."""
        return np.diff(self.bounds)


def word_bags(
    texts: Callable[[range], Sequence[bytes]], num_texts: int, config: NeuroLiteConfig
) -> WordBags:
    """Hashes texts, as far as a model of this shape reads them.

    Args:
        texts: UTF-8 of some of them.
        num_texts: N.
        config: limits, K and M.
    """
    found: list[NDArray[np.int32]] = []
    counts: list[NDArray[np.int64]] = []
    for first in range(0, num_texts, _CHUNK):
        here = texts(range(first, min(first + _CHUNK, num_texts)))
        hashed = hash_words(
            [truncate(text, config.max_bytes)[0] for text in here],
            num_hashes=config.num_hashes,
            table_size=config.table_size,
        )
        kept = np.minimum(hashed.counts, config.max_words).astype(np.int64)
        first_of = np.repeat(np.cumsum(hashed.counts) - hashed.counts, hashed.counts)
        place = np.arange(len(hashed.indices)) - first_of
        found.append(hashed.indices[place < config.max_words])
        counts.append(kept)
    rows = np.concatenate([np.zeros((0, config.num_hashes), np.int32), *found])
    as_bytes = np.ascontiguousarray(rows).view(np.dtype((np.void, rows.itemsize * rows.shape[1])))
    _, first_seen, words = np.unique(as_bytes, return_index=True, return_inverse=True)
    bounds = np.concatenate([np.zeros(1, np.int64), *counts]).cumsum()
    return WordBags(rows[first_seen], words.reshape(-1).astype(np.int32), bounds)
