"""Where the words of a text stand in it, in bytes: section 12 of ``docs/hash-spec.md``; numpy only."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

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
    buffer, offsets = join_texts(texts)
    words = find_words(buffer)
    found = np.zeros((len(texts), length, 2), np.int32)
    first = np.flatnonzero(words.starts)
    if not len(first):
        return found
    inside = words.char_class != CharClass.SEPARATOR
    # A separator stands between the words of two texts, so that none reaches into the next one.
    ends = np.maximum.reduceat(np.where(inside, words.end, 0), first)
    text = np.searchsorted(offsets, words.position[first], side="right") - 1
    place = np.arange(len(first)) - np.searchsorted(text, np.arange(len(texts)))[text]
    read = place < min(max_words, length)
    pairs = np.stack([words.position[first], ends], axis=1) - offsets[text][:, None]
    found[text[read], place[read]] = pairs[read]
    return found
