"""The n-grams of a corpus with their counts, for Kneser-Ney: of each order one sorted array."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Int64Array = NDArray[np.int64]


@dataclass(frozen=True)
class Order:
    """The G n-grams of one order.

    Attributes:
        keys: int64 [G], ascending: the number of the first n - 1 words among the order below, times V + 1, plus the
            last word; the last word alone where n is 1.
        raw: int64 [G], how often each stands in the corpus.
        suffix: int64 [G], the number of the last n - 1 words among the order below; 0 where n is 1.
        adjusted: int64 [G], how many words stand before it; ``raw`` in the highest order, and where it begins a text.
    """

    keys: Int64Array
    raw: Int64Array
    suffix: Int64Array
    adjusted: Int64Array


def running(texts: Sequence[Sequence[int]], begin: int) -> tuple[Int64Array, Int64Array]:
    """All texts in one array, each behind its beginning, and of each place its distance from the beginning.

    Args:
        texts: entries of each text, its end included.
        begin: stands before each text; no entry.
    """
    tokens = np.array([word for text in texts for word in (begin, *text)], np.int64)
    lengths = np.array([len(text) + 1 for text in texts], np.int64)
    starts = np.cumsum(lengths) - lengths
    return tokens, np.arange(len(tokens)) - np.repeat(starts, lengths)


def count_orders(texts: Sequence[Sequence[int]], size: int, order: int) -> list[Order]:
    """Counts n-grams of 1 to ``order`` words.

    Args:
        texts: entries below ``size`` of each text, its end included.
        size: V.
        order: N, at least 1.
    """
    tokens, distance = running(texts, size)
    number = tokens
    keys: list[Int64Array] = [np.arange(size + 1)]
    raw = [np.bincount(tokens, minlength=size + 1)]
    begins = [keys[0] == size]
    suffix = [np.zeros(size + 1, np.int64)]
    for n in range(2, order + 1):
        behind = np.concatenate(([0], number[:-1])) * (size + 1) + tokens
        there = np.flatnonzero(distance >= n - 1)
        made, first, found, count = np.unique(
            behind[there], return_index=True, return_inverse=True, return_counts=True
        )
        suffix.append(number[there][first])
        begins.append(begins[-1][made // (size + 1)])
        keys.append(made)
        raw.append(count)
        number = np.zeros_like(tokens)
        number[there] = found
    # Each distinct n-gram is one more word before the n - 1 words that it ends with.
    longer = zip(suffix[1:], raw, strict=False)
    before = [*(np.bincount(own, minlength=len(below)) for own, below in longer), raw[-1]]
    adjusted = [
        np.where(begin, own, words) for begin, own, words in zip(begins, raw, before, strict=True)
    ]
    adjusted[0][size] = 0  # the beginning is never an answer
    return [Order(*each) for each in zip(keys, raw, suffix, adjusted, strict=True)]
