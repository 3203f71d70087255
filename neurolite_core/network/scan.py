"""Linear recurrences over words, h_t = a_t h_(t-1) + b_t, as a scan that doubles its reach: no loop over words.

Hillis and Steele, "Data Parallel Algorithms", 1986: after step k each place knows the product of the last 2^k factors
and what they make of the last 2^k inputs; log2 L steps of a shift, a product and a sum reach the whole text.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def shifted(x: Tensor, words: int, *, backward: bool) -> Tensor:
    """x float32 (N, L, C) moved by so many words towards the end, or ``backward`` to the beginning; zeros come in."""
    # Ends counted from the back are constants in an exported graph, whatever the length.
    if backward:
        return functional.pad(x, (0, 0, 0, words))[:, words:]
    return functional.pad(x, (0, 0, words, 0))[:, :-words]


def scan(factors: Tensor, inputs: Tensor, reach: int, *, backward: bool = False) -> Tensor:
    """All h_t of h_t = a_t h_(t-1) + b_t, with zeros before the first.

    Args:
        factors: a, float32 (N, L, C).
        inputs: b, float32 (N, L, C); zero where padded, so that padding behind a text changes nothing in either
            direction.
        reach: at least L; twice as much costs one step more and changes nothing.
        backward: from the last word to the first.

    Returns:
        h, float32 (N, L, C).
    """
    words = 1
    while words < reach:
        inputs = inputs + factors * shifted(inputs, words, backward=backward)
        if 2 * words < reach:
            factors = factors * shifted(factors, words, backward=backward)
        words *= 2
    return inputs


def scan_on(
    factors: Tensor, inputs: Tensor, first: Tensor, kept: Tensor, reach: int
) -> tuple[Tensor, Tensor]:
    """As ``scan``, of a recurrence that goes on: what it kept comes before the first.

    Args:
        factors: a, float32 (N, L, C); 1 where padded, so that padding keeps what is kept.
        inputs: b, float32 (N, L, C); 0 where padded.
        first: float32 (L, 1), 1 for the first place and 0 for all others.
        kept: h before the first, float32 (N, C).
        reach: as of ``scan``.

    Returns:
        all h float32 (N, L, C), and the last of them (N, C).
    """
    states = scan(factors, inputs + factors * (first * kept[:, None]), reach)
    return states, states[:, -1]


def scan_fixed(factors: Tensor, inputs: Tensor, reach: int, *, backward: bool = False) -> Tensor:
    """As ``scan``, of factors float32 (C) that are the same for all words: half of the work."""
    words = 1
    while words < reach:
        inputs = inputs + factors * shifted(inputs, words, backward=backward)
        factors = factors * factors
        words *= 2
    return inputs


def reach_of(x: Tensor, max_words: int) -> int:
    """Words that a scan of x (N, L, C) has to reach: L where it is a number, else, in a graph of free length, all."""
    length = x.shape[1]
    return length if type(length) is int else max_words
