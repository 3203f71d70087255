"""Texts as bags of n-grams in buckets: what a wide path counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.data.store import TextStore
from neurolite_core.hashing.ngrams import NO_NGRAM, NUM_BUCKETS, NgramConfig, hash_ngrams
from neurolite_core.text.words import truncate

_BLOCK: Final = 2_048  # texts that are hashed at once


@dataclass(frozen=True, slots=True, eq=False)
class Bags:
    """How often each of N texts has an n-gram of each bucket: a sparse matrix, by rows.

    Attributes:
        bounds: int64 [N + 1], where each text begins in the others.
        buckets: int32 [Z], ascending within a text; after ``of_rows`` numbers of rows.
        counts: int32 [Z], at least 1.
        width: how many buckets there are.
    """

    bounds: NDArray[np.int64]
    buckets: NDArray[np.int32]
    counts: NDArray[np.int32]
    width: int

    def __len__(self) -> int:
        return len(self.bounds) - 1

    @property
    def owners(self) -> NDArray[np.int64]:
        """int64 [Z], the text of each entry."""
        return np.repeat(np.arange(len(self)), np.diff(self.bounds))

    def texts_with(self) -> NDArray[np.int64]:
        """In how many texts each bucket occurs, int64 [width]."""
        return np.bincount(self.buckets, minlength=self.width)

    def some(self, places: NDArray[np.integer]) -> Bags:
        """Those of the texts at ``places``, int [M], in that order."""
        sizes = np.diff(self.bounds)[places]
        bounds = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
        taken = np.repeat(self.bounds[places] - bounds[:-1], sizes) + np.arange(bounds[-1])
        return Bags(bounds, self.buckets[taken], self.counts[taken], self.width)

    def of_rows(self, kept: NDArray[np.integer]) -> Bags:
        """Of the kept buckets alone, int [R] ascending, under their places among them."""
        row_of = np.full(self.width, -1, np.int32)
        row_of[kept] = np.arange(len(kept), dtype=np.int32)
        rows = row_of[self.buckets]
        inside = rows >= 0
        before = np.concatenate([np.zeros(1, np.int64), np.cumsum(inside)])
        return Bags(before[self.bounds], rows[inside], self.counts[inside], len(kept))


def bags_of(
    store: TextStore, rows: NDArray[np.integer], ngrams: NgramConfig, max_bytes: int
) -> Bags:
    """The n-grams of stored texts, as a model reads them.

    Args:
        store: of the texts.
        rows: int [N], which of them.
        ngrams: which n-grams.
        max_bytes: where the model cuts longer texts.
    """
    bounds, buckets, counts = [np.zeros(1, np.int64)], [], []
    for texts in _blocks(store, rows, max_bytes):
        found = hash_ngrams(texts, ngrams)
        there = found.values != NO_NGRAM
        owners = np.repeat(np.arange(len(texts)), found.kept)
        keys = (owners[:, None] * NUM_BUCKETS + found.values % NUM_BUCKETS)[there]
        distinct, times = np.unique(keys, return_counts=True)
        ends = np.searchsorted(distinct, np.arange(1, len(texts) + 1) * NUM_BUCKETS)
        bounds.append(bounds[-1][-1] + ends)
        buckets.append((distinct % NUM_BUCKETS).astype(np.int32))
        counts.append(times.astype(np.int32))
    nothing = np.zeros(0, np.int32)
    return Bags(
        np.concatenate(bounds),
        np.concatenate([nothing, *buckets]),
        np.concatenate([nothing, *counts]),
        NUM_BUCKETS,
    )


def joined(first: Bags, second: Bags) -> Bags:
    """The texts of both, of the same buckets, one behind the other."""
    return Bags(
        np.concatenate([first.bounds, second.bounds[1:] + first.bounds[-1]]),
        np.concatenate([first.buckets, second.buckets]),
        np.concatenate([first.counts, second.counts]),
        first.width,
    )


def _blocks(store: TextStore, rows: NDArray[np.integer], max_bytes: int) -> Iterator[list[bytes]]:
    for first in range(0, len(rows), _BLOCK):
        texts = store.texts(rows[first : first + _BLOCK])
        yield [truncate(text, max_bytes)[0] for text in texts]
