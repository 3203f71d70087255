"""Words to table indices: multilinear trigram hashes, MinHash, Bloom indices; numpy, integers only.

Implements section 6 and 7 of ``docs/hash-spec.md``. MinHash: Broder, "On the resemblance and
containment of documents", 1997. The projection of MinHash fingerprints into a counting Bloom
filter follows pNLP-Mixer (Fusco, Pascual, Staar, 2023, arXiv:2202.04350).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.text.characters import CharClass
from neurolite_core.text.words import Int32Array, find_words, join_texts

HASH_VERSION: Final = 1
PRIME: Final = 262_139  # largest prime below 2**18
WORD_BYTES: Final = 64  # a word's features come from the characters that start in its first bytes
MAX_HASHES: Final = 64
LOW_BASE: Final = 256  # low = code mod 256
HIGH_PRIME: Final = 251  # high = (code div 256) mod 251
INPUTS: Final = 6  # low and high of the previous, the current and the next character

_MULTIPLIER: Final = 1_103_515_245  # the constants' generator: ANSI C's example rand()
_INCREMENT: Final = 12_345
_LOW_WEIGHTS: Final = (1_024, 16_384)  # half-open ranges, so that every sum stays below 2**24
_HIGH_WEIGHTS: Final = (256, 4_096)


@dataclass(frozen=True, slots=True)
class HashConstants:
    """Weights of the hash functions.

    Attributes:
        weights: int32 [MAX_HASHES, 6], for low/high of previous, low/high of current, low/high of next.
        offsets: int32 [MAX_HASHES].
    """

    weights: Int32Array
    offsets: Int32Array


@lru_cache(maxsize=1)
def hash_constants() -> HashConstants:
    """The constants of the specification, section 6, from its generator."""
    state = HASH_VERSION
    rows: list[list[int]] = []
    for _ in range(MAX_HASHES):
        row = []
        for low, high in (_LOW_WEIGHTS, _HIGH_WEIGHTS) * 3 + ((0, PRIME),):
            state = (state * _MULTIPLIER + _INCREMENT) % 2**31
            row.append(low + (state // 2**8) % (high - low))
        rows.append(row)
    table = np.array(rows, dtype=np.int32)
    return HashConstants(weights=table[:, :INPUTS], offsets=table[:, INPUTS])


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
    """The two hash inputs of a folded code point, ``low`` and ``high``, each below 256."""
    return code % LOW_BASE, code // LOW_BASE % HIGH_PRIME


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
    low, high = split_code(np.where(in_word, words.code, 0))
    joined = in_word[1:] & ~words.starts[1:]  # [C-1]: character i+1 belongs to the word of i
    inputs = np.zeros((len(low), INPUTS), dtype=np.int32)
    inputs[1:, 0] = low[:-1] * joined
    inputs[1:, 1] = high[:-1] * joined
    inputs[:, 2] = low
    inputs[:, 3] = high
    inputs[:-1, 4] = low[1:] * joined
    inputs[:-1, 5] = high[1:] * joined

    word_start = words.position[start][np.cumsum(words.starts) - 1]  # rubbish before the first word
    counted = in_word & (words.position - word_start < WORD_BYTES)
    constants = hash_constants()
    values = _trigram_hashes(inputs[counted], constants, num_hashes)
    first = np.flatnonzero(words.starts[counted])
    minima = np.minimum.reduceat(values, first, axis=0)
    return WordIndices(minima % np.int32(table_size), counts.astype(np.int32))


def _trigram_hashes(inputs: Int32Array, constants: HashConstants, num_hashes: int) -> Int32Array:
    """int32 [C, K]: one multilinear hash per character and hash function."""
    # float64 only because numpy multiplies integer matrices without BLAS; every sum is exact.
    weights: NDArray[np.float64] = constants.weights[:num_hashes].T.astype(np.float64)
    sums = (inputs.astype(np.float64) @ weights).astype(np.int32) + constants.offsets[:num_hashes]
    return sums % np.int32(PRIME)
