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
    own = [name for name in OF_WORDS if name in names]
    if own:
        words = found[WORDS]
        counts = words.tolist()  # of few texts faster than numpy's
        # A text may have more words than the model reads, and a hostile file may count more than it has room for.
        room = max(np.shape(part[own[0]])[1] for part in parts)
        length = max(1, min(int(max(counts, default=0)), room))
        behind = None
        if min(counts, default=0) < length:
            behind = np.arange(length) >= words[:, None]
        for name in own:
            found[name] = _of_words([part[name] for part in parts], len(counts), length, behind)
    return found


def _joined(parts: Sequence[Mapping[str, Array]], name: str) -> Array:
    if len(parts) == 1:
        return np.asarray(parts[0][name])
    return np.concatenate([np.asarray(part[name]) for part in parts])


def _of_words(
    parts: Sequence[Array], rows: int, length: int, behind: NDArray[np.bool_] | None
) -> Array:
    """Of parts [n, l, ...] one array [rows, length, ...], 0 where ``behind`` [rows, length] says so."""
    if len(parts) == 1 and parts[0].shape[1] == length and behind is None:
        return parts[0]  # one text, as apps have it
    joined = np.zeros((rows, length, *parts[0].shape[2:]), parts[0].dtype)
    first = 0
    for part in parts:
        slots = min(length, part.shape[1])
        joined[first : first + len(part), :slots] = part[:, :slots]
        first += len(part)
    if behind is not None:
        joined[behind] = 0
    return joined
