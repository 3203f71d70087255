"""N-grams of characters as numbers, by section 10 of ``docs/hash-spec.md``; numpy, integers only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.ground.checks import require_range
from neurolite_core.hashing.words import MAX_HASHES, MODULUS, SUMMANDS, constant_stream, split_code
from neurolite_core.text.characters import CharClass
from neurolite_core.text.words import BoolArray, Int32Array, find_words, join_texts

LOWEST_ORDER: Final = 2
HIGHEST_ORDER: Final = 5
BORDER: Final = (1, 0, 0)  # low, high and accent of a word's border
PARTS: Final = len(BORDER)
NO_NGRAM: Final = -1
NUM_BUCKETS: Final = 65_536  # of n-grams, by their values
MOST_SYMBOLS: Final = (
    131_073  # of the longest text: each of its bytes a word, with a border before it
)

# Half-open ranges of the weights of low, high and accent; the upper ends are divided by the order.
_RANGES: Final = ((1_024, 20_480), (64, 5_440), (64, 5_120))


@dataclass(frozen=True, slots=True)
class NgramConfig:
    """The n-grams that a model looks at.

    Attributes:
        lowest: smallest order, 2 to 5.
        highest: largest order, ``lowest`` to 5.
        across_words: n-grams may have borders of words inside.
        max_symbols: characters and borders that are read of a text, 1 to 131,073.

    Raises:
        InputError: when a value is not allowed.
    """

    lowest: int = LOWEST_ORDER
    highest: int = HIGHEST_ORDER
    across_words: bool = False
    max_symbols: int = MOST_SYMBOLS

    def __post_init__(self) -> None:
        require_range("lowest", self.lowest, LOWEST_ORDER, HIGHEST_ORDER)
        require_range("highest", self.highest, self.lowest, HIGHEST_ORDER)
        require_range("max_symbols", self.max_symbols, 1, MOST_SYMBOLS)

    @property
    def orders(self) -> range:
        """All orders, ascending."""
        return range(self.lowest, self.highest + 1)


@dataclass(frozen=True, slots=True)
class NgramConstants:
    """Constants of the n-grams of one order n.

    Attributes:
        weights: int32 [n, 3], of low, high and accent of each symbol.
        offset: what is added.
    """

    weights: Int32Array
    offset: int


@lru_cache(maxsize=1)
def ngram_constants() -> dict[int, NgramConstants]:
    """Of each order, by the specification's generator."""
    stream = islice(constant_stream(), MAX_HASHES * SUMMANDS, None)
    found = {}
    for order in range(LOWEST_ORDER, HIGHEST_ORDER + 1):
        weights = [
            [low + next(stream) % (high // order - low) | 1 for low, high in _RANGES]
            for _ in range(order)
        ]
        found[order] = NgramConstants(np.array(weights, np.int32), next(stream) % MODULUS)
    return found


@dataclass(frozen=True, slots=True)
class Ngrams:
    """N-grams of the texts of a batch, one text after the other, without padding.

    Attributes:
        values: int32 [symbols that are read, orders], of the n-gram that starts at the symbol, ``NO_NGRAM`` where
            none does.
        counts: int32 [N], symbols of each text, before any limit.
        kept: int32 [N], of these those that are read.
    """

    values: Int32Array
    counts: Int32Array
    kept: Int32Array

    def padded(self) -> Int32Array:
        """int32 [N, P, orders] with P the most symbols that are read of a text but at least 1."""
        length = max(1, int(self.kept.max(initial=0)))
        padded = np.full((len(self.kept), length, self.values.shape[1]), NO_NGRAM, dtype=np.int32)
        padded[np.arange(length) < self.kept[:, None]] = self.values
        return padded


@dataclass(frozen=True, slots=True)
class Symbols:
    """Characters and borders of the texts of a batch, one text after the other.

    Attributes:
        parts: int32 [symbols that are read, 3], low, high and accent.
        owner: int64 [symbols that are read], number of the text.
        counts: int32 [N], symbols of each text, before any limit.
    """

    parts: Int32Array
    owner: NDArray[np.int64]
    counts: Int32Array


def read_symbols(texts: Sequence[bytes], max_symbols: int = MOST_SYMBOLS) -> Symbols:
    """The first ``max_symbols`` symbols of every text.

    Args:
        texts: N byte strings, UTF-8 or not.
        max_symbols: at least 1.
    """
    buffer, offsets = join_texts(texts)
    words = find_words(buffer)
    inside = words.char_class != CharClass.SEPARATOR
    starts = words.starts[inside]
    text = np.searchsorted(offsets, words.position[inside], side="right") - 1
    clusters = np.bincount(text, minlength=len(texts))
    counts = clusters + np.bincount(text[starts], minlength=len(texts)) + (clusters > 0)
    # Each text's last border is where the next text would have its first symbol.
    closing: NDArray[np.int64] = np.cumsum(clusters > 0) - (clusters > 0)
    place = np.arange(len(text)) + np.cumsum(starts) + closing[text]
    parts = np.tile(np.array(BORDER, np.int32), (int(counts.sum()), 1))
    parts[place] = np.stack([*split_code(words.code[inside]), words.accent[inside]], axis=1)
    owner = np.repeat(np.arange(len(texts)), counts)
    first = np.cumsum(counts) - counts
    read = np.arange(len(owner)) - first[owner] < max_symbols
    return Symbols(parts[read], owner[read], counts.astype(np.int32))


def starts_of(symbols: Symbols, order: int, *, across_words: bool) -> BoolArray:
    """bool [symbols that are read - order + 1], where an n-gram of this order starts."""
    owner, size = symbols.owner, max(0, len(symbols.owner) - order + 1)
    exists: BoolArray = owner[:size] == owner[order - 1 :]
    if not across_words:
        border = (symbols.parts == BORDER).all(axis=1)
        for step in range(1, order - 1):
            exists &= ~border[step : step + size]
    return exists


def number_ngrams(values: Int32Array) -> Int32Array:
    """Of values of ``hash_ngrams``: 1 + the value modulo ``NUM_BUCKETS``, 0 where no n-gram starts."""
    numbers: Int32Array = np.where(values == NO_NGRAM, 0, values % NUM_BUCKETS + 1)
    return numbers.astype(np.int32)


def hash_ngrams(texts: Sequence[bytes], config: NgramConfig) -> Ngrams:
    """The values of all n-grams of every text.

    Args:
        texts: N byte strings, UTF-8 or not.
        config: which n-grams.
    """
    symbols = read_symbols(texts, config.max_symbols)
    values = np.full((len(symbols.parts), len(config.orders)), NO_NGRAM, dtype=np.int32)
    for column, order in enumerate(config.orders):
        exists = starts_of(symbols, order, across_words=config.across_words)
        constants = ngram_constants()[order]
        sums = np.full(len(exists), constants.offset, np.int32)
        for step, weights in enumerate(constants.weights):
            sums += symbols.parts[step : step + len(exists)] @ weights
        values[: len(exists), column] = np.where(exists, sums % MODULUS, NO_NGRAM)
    return Ngrams(values, symbols.counts, np.minimum(symbols.counts, np.int32(config.max_symbols)))
