"""A text in pieces, one a word: what a generator writes, beside the words that it reads.

A segment is all that stands between the end of one word and the end of the next: the separators before it, and the
word with its case; line breaks are words (``text.line_breaks``). So segment i + 1 is what follows word i, and the
segments with the rest of the text behind its last word, one after the other, are the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np

from neurolite_core.text.line_breaks import with_breaks
from neurolite_core.text.word_offsets import word_borders

# The words of a text that is ASCII, where the specification has three classes of characters and the apostrophe: a tenth
# of the time that arrays of so few characters take.
_WORD: Final = re.compile(rb"[0-9A-Za-z]+(?:'[0-9A-Za-z]+)*|[!-/:-@\[-`{-~]+")


class Segments(NamedTuple):
    """The pieces of a text, bytes; ``words`` has one for each word that a generator's hash reads of it.

    Attributes:
        words: separators and word, W of them.
        rest: what stands behind the last word; separators alone.
    """

    words: tuple[bytes, ...]
    rest: bytes


def split_segments(texts: Sequence[bytes]) -> list[Segments]:
    """The segments of N texts, at a cost of one pass over all of them.

    Args:
        texts: byte strings, UTF-8 or not; one that is ASCII is read by an expression that finds the same words.
    """
    if not texts:
        return []
    if len(texts) == 1 and texts[0].isascii():  # as somebody types it
        return [_of_ends(texts[0], [word.end() for word in _WORD.finditer(with_breaks(texts[0]))])]
    owner, borders = word_borders([with_breaks(text) for text in texts])
    starts = np.searchsorted(owner, np.arange(len(texts) + 1)).tolist()
    ends = borders[:, 1].tolist()
    return [
        _of_ends(text, ends[starts[number] : starts[number + 1]])
        for number, text in enumerate(texts)
    ]


def _of_ends(text: bytes, ends: list[int]) -> Segments:
    """The segments of a text of whose words one knows where they end."""
    own = [0, *ends]
    return Segments(tuple(text[left:right] for left, right in pairwise(own)), text[own[-1] :])


def last_words(text: bytes, most_words: int, most_bytes: int) -> bytes:
    """The end of a text, as much as a model reads of it: whole words, and what stands between and behind them.

    Args:
        text: UTF-8 or not.
        most_words: at least 1.
        most_bytes: at least 1; a word of more is left out.
    """
    tail = text[-most_bytes:]
    starts = word_borders([with_breaks(tail)])[1][:, 0]
    # The first word of a tail may be the end of one.
    first = max(len(starts) - most_words, int(len(tail) < len(text)), 0)
    if first == 0:
        return tail
    return tail[int(starts[first]) :] if first < len(starts) else b""
