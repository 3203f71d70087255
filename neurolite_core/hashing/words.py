"""Words to table indices: multilinear trigram hashes, MinHash, Bloom indices; numpy, integers only.

Implements sections 6 and 7 of ``docs/hash-spec.md``. MinHash: Broder, "On the resemblance and
containment of documents", 1997. The projection of MinHash fingerprints into a counting Bloom
filter follows pNLP-Mixer (Fusco, Pascual, Staar, 2023, arXiv:2202.04350).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.text.characters import CharClass
from neurolite_core.text.words import Int32Array, find_words, join_texts

HASH_VERSION: Final = 2
MODULUS: Final = 2**18
WORD_BYTES: Final = (
    64  # a word's minima are over the characters that end so near to the end of its first
)
MAX_HASHES: Final = 64
LOW_BASE: Final = 256  # low = code mod 256
MAX_HIGH: Final = 767  # high = code div 256, at most this: different below U+30000
INPUTS: Final = 7  # low and high of the previous character; low, high and accent of the own; low, high of the next
TAIL_BASE: Final = 4_096  # a word's tail is a number below it
TAIL_BITS: Final = 64  # what of a hash function's value goes into the tail: value div 64
TAIL_STEP: Final = 61
SHORT_WORD: Final = 15  # up to this many characters and accents, a word's tail is only their number

_MULTIPLIER: Final = 1_103_515_245  # the constants' generator: ANSI C's example rand()
_INCREMENT: Final = 12_345
_LOW: Final = (1_024, 15_360)  # half-open ranges of weights, so that every sum stays below 2**24
_HIGH: Final = (64, 1_088)
_ACCENT: Final = (64, 1_024)
_RANGES: Final = (_LOW, _HIGH, _LOW, _HIGH, _ACCENT, _LOW, _HIGH, (0, MODULUS))
SUMMANDS: Final = len(_RANGES)


@dataclass(frozen=True, slots=True)
class HashConstants:
    """Weights of the hash functions.

    Attributes:
        weights: int32 [MAX_HASHES, 7], for low and high of the previous, low, high and accent of the own, low and
            high of the next character.
        offsets: int32 [MAX_HASHES].
    """

    weights: Int32Array
    offsets: Int32Array


def constant_stream() -> Iterator[int]:
    """The numbers of which all constants are made, section 6; endless."""
    state = HASH_VERSION
    while True:
        state = (state * _MULTIPLIER + _INCREMENT) % 2**31
        yield state // 2**8


@lru_cache(maxsize=1)
def hash_constants() -> HashConstants:
    """The constants of the specification, section 6, from its generator."""
    numbers = np.array(list(islice(constant_stream(), MAX_HASHES * SUMMANDS)), dtype=np.int64)
    low, high = np.array(_RANGES).T
    table = (low + numbers.reshape(MAX_HASHES, SUMMANDS) % (high - low)).astype(np.int32)
    # An odd weight keeps two characters apart in the last bits, too, which are what a table of 2**n rows sees.
    return HashConstants(weights=table[:, :INPUTS] | 1, offsets=table[:, INPUTS])


@dataclass(frozen=True, slots=True)
class WordIndices:
    """Indices of all words of a batch, one after the other, without padding.

    Attributes:
        indices: int32 [total words, K], each in [0, table size).
        counts: int32 [N], words of each text, before any limit.
    """

    indices: Int32Array
    counts: Int32Array

    def padded(self, max_words: int) -> tuple[Int32Array, Int32Array]:
        """The first ``max_words`` words of each text, zero-padded.

        Returns:
            int32 [N, L, K] with L the longest kept text but at least 1, and kept words int32 [N].
        """
        kept = np.minimum(self.counts, max_words)
        length = max(1, int(kept.max(initial=0)))
        padded = np.zeros((len(kept), length, self.indices.shape[1]), dtype=np.int32)
        first = np.cumsum(self.counts) - self.counts
        for row, (start, count) in enumerate(zip(first, kept, strict=True)):
            padded[row, :count] = self.indices[start : start + count]
        return padded, kept.astype(np.int32)


def split_code(code: Int32Array) -> tuple[Int32Array, Int32Array]:
    """The two hash inputs of a folded code point, ``low`` and ``high``."""
    return code % LOW_BASE, np.minimum(code // LOW_BASE, MAX_HIGH)


def hash_words(texts: Sequence[bytes], *, num_hashes: int, table_size: int) -> WordIndices:
    """MinHash Bloom indices of every word of every text.

    Args:
        texts: N byte strings, UTF-8 or not.
        num_hashes: K, 1 to 64.
        table_size: rows of the projection table; indices are below it.
    """
    buffer, offsets = join_texts(texts)
    words = find_words(buffer)
    start = np.flatnonzero(words.starts)
    counts = np.diff(np.searchsorted(words.position[start], np.append(offsets, len(buffer))))
    if len(start) == 0:
        empty = np.zeros((0, num_hashes), dtype=np.int32)
        return WordIndices(empty, counts.astype(np.int32))

    in_word = words.char_class != CharClass.SEPARATOR
    low, high = split_code(words.code)
    joined = words.continues[1:]  # [C-1]: character i+1 belongs to the word of i
    inputs = np.zeros((len(low), INPUTS), dtype=np.int32)
    inputs[1:, 0] = low[:-1] * joined
    inputs[1:, 1] = high[:-1] * joined
    inputs[:, 2] = low
    inputs[:, 3] = high
    inputs[:, 4] = words.accent
    inputs[:-1, 5] = low[1:] * joined
    inputs[:-1, 6] = high[1:] * joined

    word = np.cumsum(words.starts) - 1  # -1, rubbish, before the first word
    near = words.end - words.end[start][word] < WORD_BYTES
    constants = hash_constants()
    values = _trigram_hashes(inputs[in_word], constants, num_hashes)
    first = np.flatnonzero(words.starts[in_word])
    near_values = np.where(near[in_word, None], values, MODULUS)
    minima = np.minimum.reduceat(near_values, first, axis=0)
    size = np.add.reduceat(words.accent[in_word] + 1, first) % TAIL_BASE
    whole = np.add.reduceat(values[:, 0] // TAIL_BITS, first)
    tail = (size + np.where(size > SHORT_WORD, whole, 0)) % TAIL_BASE
    minima[:, 0] += tail.astype(np.int32) * TAIL_STEP
    return WordIndices(minima % np.int32(table_size), counts.astype(np.int32))


def _trigram_hashes(inputs: Int32Array, constants: HashConstants, num_hashes: int) -> Int32Array:
    """int32 [C, K]: one multilinear hash per character and hash function."""
    # float64 only because numpy multiplies integer matrices without BLAS; every sum is exact.
    weights: NDArray[np.float64] = constants.weights[:num_hashes].T.astype(np.float64)
    sums = (inputs.astype(np.float64) @ weights).astype(np.int32) + constants.offsets[:num_hashes]
    return sums % np.int32(MODULUS)
