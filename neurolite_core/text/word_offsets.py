"""Where the words of a text stand in it, in bytes: section 12 of ``docs/hash-spec.md``; numpy only."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from neurolite_core.text.characters import CharClass
from neurolite_core.text.words import Int32Array, find_words, join_texts


def word_offsets(texts: Sequence[bytes], max_words: int, length: int) -> Int32Array:
    """Of each word its first byte and the one behind its last.

    Args:
        texts: N byte strings, UTF-8 or not.
        max_words: words that are read of a text.
        length: L, at least the most words that are read of any.

    Returns:
        int32 [N, L, 2], 0 behind the last word.
    """
    found = np.zeros((len(texts), length, 2), np.int32)
    text, borders = word_borders(texts)
    place = np.arange(len(text)) - np.searchsorted(text, np.arange(len(texts)))[text]
    read = place < min(max_words, length)
    found[text[read], place[read]] = borders[read]
    return found


def word_borders(texts: Sequence[bytes]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All words of all texts, one behind the other.

    Args:
        texts: byte strings, UTF-8 or not.

    Returns:
        int64 [W], the number of each word's text, ascending; and int64 [W, 2], of each word its first byte in its
        text and the one behind its last.
    """
    buffer, offsets = join_texts(texts)
    words = find_words(buffer)
    first = np.flatnonzero(words.starts)
    if not len(first):
        return np.zeros(0, np.int64), np.zeros((0, 2), np.int64)
    inside = words.char_class != CharClass.SEPARATOR
    # A separator stands between the words of two texts, so that none reaches into the next one.
    ends = np.maximum.reduceat(np.where(inside, words.end, 0), first)
    text = np.searchsorted(offsets, words.position[first], side="right") - 1
    return text, np.stack([words.position[first], ends], axis=1) - offsets[text][:, None]
