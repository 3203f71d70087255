"""Interpolated modified Kneser-Ney n-grams (Chen and Goodman 1998, TR-10-98, section 3), pruned to a size.

What is pruned counts on in all the others' statistics, and its mass goes to the order below, as in ``lmplz --prune``
(Heafield et al. 2013, P13-2121): probabilities of all words add up to one at any size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_bench.generation.counts import Int64Array, Order, count_orders, running
from neurolite_core.ground.errors import InputError

BYTES_PER_GRAM: Final = (
    5  # 14 to 16 bits of word, 8 of probability, 8 of back-off weight, the rest of pointers
)
_FALLBACK: Final = (0.5, 1.0, 1.5)  # discounts of corpora too small to say, as lmplz's

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Level:
    """One order of the model.

    Attributes:
        keys: int64 [G], as of ``Order``, of what is kept and what is not.
        share: float64 [G], discounted probability given the first n - 1 words; 0 where pruned.
        weight: float64 [C], of each n-gram of the order below as a context: what is left to that order.
    """

    keys: Int64Array
    share: FloatArray
    weight: FloatArray


@dataclass(frozen=True)
class KneserNey:
    """A model of V words.

    Attributes:
        size: V.
        unigram: float64 [V], of the lowest order.
        levels: of 2 words and more.
        kept: n-grams that are kept, unigrams among them.
    """

    size: int
    unigram: FloatArray
    levels: tuple[Level, ...]
    kept: int

    @property
    def bytes(self) -> int:
        """What it takes in a quantised trie."""
        return self.kept * BYTES_PER_GRAM

    def probabilities(self, texts: Sequence[Sequence[int]]) -> FloatArray:
        """Of each entry of each text, given those before it.

        Args:
            texts: entries of each text, its end included; W in all.

        Returns:
            float64 [W].
        """
        tokens, distance = running(texts, self.size)
        found = np.append(self.unigram, 0.0)[tokens]
        number = tokens
        for n, level in enumerate(self.levels, start=2):
            context = np.concatenate(([-1], number[:-1]))
            context[distance < n - 1] = -1
            number = _places(
                level.keys, np.where(context < 0, -1, context * (self.size + 1) + tokens)
            )
            share = np.where(number < 0, 0.0, level.share[number])
            mixed = share + level.weight[context] * found
            found = np.where(context < 0, found, mixed)
        return found[distance > 0]

    def distribution(self, before: Sequence[int]) -> FloatArray:
        """Of all words behind some, float64 [V].

        Args:
            before: entries from the beginning of the text on.
        """
        found = self.unigram.copy()
        history = [self.size, *before]
        for n, level in enumerate(self.levels, start=2):
            if len(history) < n - 1:
                break
            context = self._context(history[len(history) - n + 1 :])
            if context < 0:
                break
            found *= level.weight[context]
            low, high = np.searchsorted(
                level.keys, [context * (self.size + 1), (context + 1) * (self.size + 1)]
            )
            found[level.keys[low:high] % (self.size + 1)] += level.share[low:high]
        return found

    def _context(self, words: Sequence[int]) -> int:
        number = words[0]
        for level, word in zip(self.levels, words[1:], strict=False):
            number = int(_places(level.keys, np.array([number * (self.size + 1) + word]))[0])
            if number < 0:
                break
        return number


def fit(
    texts: Sequence[Sequence[int]], size: int, order: int = 5, max_bytes: int | None = None
) -> KneserNey:
    """Counts, discounts and prunes: kept are the n-grams without which the corpus would cost most.

    Args:
        texts: entries below ``size`` of each text, its end included.
        size: V.
        order: words of the longest n-grams.
        max_bytes: of the model, ``BYTES_PER_GRAM`` each; None keeps all.

    Raises:
        InputError: no texts, or a size that unigrams alone exceed.
    """
    if not any(len(text) for text in texts):
        raise InputError("the texts are empty; give texts to count n-grams in.")
    orders = count_orders(texts, size, order)
    lowest = orders[0].adjusted[:size]
    share, left = _discounted(lowest, np.zeros(size, np.int64), 1, np.ones(size, np.bool_))
    unigram = share + left[0] / size
    whole = [np.ones(len(each.keys), np.bool_) for each in orders[1:]]
    kept = whole
    if max_bytes is not None:
        worth = _worth(orders, _levels(orders, whole, size), unigram, size)
        kept = _most_worth(worth, size, max_bytes)
    levels = _levels(orders, kept, size)
    return KneserNey(size, unigram, tuple(levels), size + sum(int(keep.sum()) for keep in kept))


def _levels(orders: Sequence[Order], kept: Sequence[NDArray[np.bool_]], size: int) -> list[Level]:
    levels = []
    for below, own, keep in zip(orders, orders[1:], kept, strict=False):
        context = own.keys // (size + 1)
        levels.append(Level(own.keys, *_discounted(own.adjusted, context, len(below.keys), keep)))
    return levels


def _worth(
    orders: Sequence[Order], levels: Sequence[Level], unigram: FloatArray, size: int
) -> list[FloatArray]:
    """Nats that the corpus would cost more without an n-gram (Seymore and Rosenfeld 1996).

    The beginning of an n-gram is worth at least as much as any n-gram that begins with it.
    """
    worth = []
    lower = np.append(unigram, 1.0)
    for own, level in zip(orders[1:], levels, strict=True):
        backed = level.weight[own.keys // (size + 1)] * lower[own.suffix]
        lower = level.share + backed
        worth.append(own.raw * np.log(lower / backed))
    for shorter, longer, own in zip(worth[-2::-1], worth[::-1], orders[::-1], strict=False):
        np.maximum.at(shorter, own.keys // (size + 1), longer)
    return worth


def _most_worth(worth: Sequence[FloatArray], size: int, max_bytes: int) -> list[NDArray[np.bool_]]:
    room = max_bytes // BYTES_PER_GRAM - size
    if room < 0:
        raise InputError(
            f"max_bytes is {max_bytes:,}; {size:,} words alone take {size * BYTES_PER_GRAM:,}."
        )
    everything = np.concatenate(worth)
    # Stable, so that of equals the shorter stays.
    keep = np.zeros(len(everything), np.bool_)
    keep[np.argsort(-everything, kind="stable")[:room]] = True
    return np.split(keep, np.cumsum([len(each) for each in worth])[:-1])


def _discounted(
    counts: Int64Array, context: Int64Array, contexts: int, keep: NDArray[np.bool_]
) -> tuple[FloatArray, FloatArray]:
    """Shares of n-grams, and of each context what is left to the order below; all of it where nothing is known."""
    discount = np.array([0.0, *discounts(counts)])[np.minimum(counts, 3)]
    total = np.bincount(context, counts, minlength=contexts)
    share = np.where(keep, (counts - discount) / np.maximum(total, 1.0)[context], 0.0)
    taken = np.bincount(context, share, minlength=contexts).astype(np.float64)
    return share, 1.0 - taken


def discounts(counts: Int64Array) -> tuple[float, float, float]:
    """Of n-grams that were seen once, twice, and more often, by equation 26 of Chen and Goodman."""
    n1, n2, n3, n4 = (int((counts == times).sum()) for times in (1, 2, 3, 4))
    if not (n1 and n2 and n3):
        return _FALLBACK
    y = n1 / (n1 + 2 * n2)
    found = (1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3)
    usable = all(0 < value <= times for times, value in enumerate(found, start=1))
    return found if usable else _FALLBACK


def _places(keys: Int64Array, wanted: Int64Array) -> Int64Array:
    """Where each stands in ``keys``, -1 where it does not."""
    if not len(keys):
        return np.full(len(wanted), -1, np.int64)
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[place] == wanted, place, -1)
