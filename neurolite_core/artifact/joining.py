"""One batch's outputs from those of its parts, of which each may have words of another number: numpy only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurolite_core.artifact.outputs import OF_WORDS, WORDS

Array = NDArray[Any]


def join_outputs(parts: Sequence[Mapping[str, Array]], names: Sequence[str]) -> dict[str, Array]:
    """The named outputs of a batch, the same whatever parts it was run in.

    Args:
        parts: name -> [n, ...] of n of the N texts; those of words are [n, l, ...], l at least the words that are read
            of the part's longest text, and at most those that the model reads of any.
        names: which outputs to join; ``WORDS`` among them where there are some of words.

    Returns:
        name -> [N, ...]; of words [N, L, ...], L the words that are read of the longest text but at least 1, and zero
        behind each text's last word.
    """
    found = {name: _joined(parts, name) for name in names if name not in OF_WORDS}
    for name in OF_WORDS:
        if name in names:
            found[name] = _of_words([part[name] for part in parts], found[WORDS])
    return found


def _joined(parts: Sequence[Mapping[str, Array]], name: str) -> Array:
    values = [np.asarray(part[name]) for part in parts]
    return values[0] if len(values) == 1 else np.concatenate(values)


def _of_words(parts: Sequence[Array], words: Array) -> Array:
    # A text may have more words than the model reads, and a hostile file may count more than it has room for.
    length = max(1, min(int(words.max(initial=0)), max(part.shape[1] for part in parts)))
    if len(words) == 1 and parts[0].shape[1] == length <= words[0]:
        return parts[0]  # a text by itself, as most are asked, has nothing behind its last word
    rows = np.zeros((len(words), length, *parts[0].shape[2:]), parts[0].dtype)
    first = 0
    for part in parts:
        slots = min(length, part.shape[1])
        rows[first : first + len(part), :slots] = part[:, :slots]
        first += len(part)
    rows[np.arange(length) >= words[:, None]] = 0
    return rows
