"""The reservoir backbone's arithmetic in numpy, and the rule by which its units learn to predict, each by itself."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
_Float = TypeVar("_Float", np.float32, np.float64)
_EPSILON: Final = 1e-5  # of PyTorch's layer norm
_RATE: Final = 0.1  # of the local rule, as a share of the step that would undo an error


def normed(x: Floats) -> Floats:
    """Layer norm without weights over the last axis."""
    centred = x - x.mean(axis=-1, keepdims=True)
    found: Floats = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + _EPSILON)
    return found


def follow(kept: NDArray[_Float], entered: NDArray[_Float], *, backward: bool) -> NDArray[_Float]:
    """All z_t of z_t = f z_(t-1) + u_t, by a loop over words.

    Args:
        kept: f, float32 or float64 [D].
        entered: u, of the same type [N, L, D], zero where padded.
        backward: from the last word to the first.

    Returns:
        Of the same type [N, L, D].
    """
    states = np.empty_like(entered)
    state = np.zeros_like(entered[:, 0])
    for place in _places(entered.shape[1], backward=backward):
        state = kept * state + entered[:, place]
        states[:, place] = state
    return states


def surprises(
    states: Floats, entered: Floats, from_state: Floats, from_input: Floats, *, backward: bool
) -> Floats:
    """e_t = z_t - p z_(t-1) - q u_(t-1), float32 [N, L, D], of p and q float32 [D]."""
    found = states.copy()
    now, last = (slice(None, -1), slice(1, None)) if backward else (slice(1, None), slice(None, -1))
    found[:, now] -= from_state * states[:, last] + from_input * entered[:, last]
    return found


def learn_to_predict(
    states: Floats,
    entered: Floats,
    mask: NDArray[np.bool_],
    weights: tuple[Floats, Floats],
    *,
    backward: bool,
) -> tuple[Floats, Floats]:
    """One pass of a local rule: each unit corrects what it predicts its next state by, by its own error alone.

    The delta rule of predictive coding (Rao and Ballard, 1999), normalised by what the unit saw (Nagumo and Noda,
    1967): p += r e z / (z^2 + u^2), q += r e u / (z^2 + u^2), word after word, over all texts at once.

    Args:
        states: z, float32 [N, L, D].
        entered: u, likewise.
        mask: bool [N, L] of real words.
        weights: p and q before, float32 [D] both.
        backward: whether the states are of words read from the last.

    Returns:
        p and q after.
    """
    from_state, from_input = weights
    order = list(_places(states.shape[1], backward=backward))
    for last, now in pairwise(order):
        real = (mask[:, last] & mask[:, now])[:, None]
        state, put = states[:, last] * real, entered[:, last] * real
        error = (states[:, now] - from_state * state - from_input * put) * real
        seen = np.maximum((state**2 + put**2).sum(axis=0), np.finfo(np.float32).tiny)
        step = np.float32(_RATE) / seen
        from_state = from_state + step * (error * state).sum(axis=0)
        from_input = from_input + step * (error * put).sum(axis=0)
    return from_state, from_input


def _places(length: int, *, backward: bool) -> Iterator[int]:
    return iter(range(length)[:: -1 if backward else 1])
