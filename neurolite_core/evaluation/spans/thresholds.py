"""For each type the score from which on its spans are given, where some of them are better not given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.evaluation.spans.metrics import Spans
from neurolite_core.ground.errors import InputError

# So many more wrong spans than right ones have to fall below a threshold. Validation has few wrong spans of a type,
# and a threshold that drops two or three of them was chosen by chance as often as not.
LEAST_GAIN: Final = 5


def choose_span_thresholds(
    truths: Spans, found: Spans, scores: Sequence[Sequence[float]], num_types: int
) -> tuple[float, ...]:
    """For each type the threshold with the best F1 on these texts, or 0 where nothing is clearly gained.

    Clearly gained is: of the type's spans that the threshold drops, at least ``LEAST_GAIN`` more are wrong than right.
    Of equally good thresholds the lowest is taken, which drops fewest. It lies halfway between two scores that occur,
    so that the small errors of an int8 file move no span across; no threshold drops every span of a type.

    Args:
        truths: of each text its spans, of texts that were not learned.
        found: of each text those that the model finds, none refused.
        scores: of each of them its score, 0 to 1.
        num_types: K.

    Returns:
        K thresholds, 0 to 1; a span is given if its score is not below its type's.

    Raises:
        InputError: not as many texts, spans or scores, or scores that cannot be.
    """
    if not len(truths) == len(found) == len(scores):
        raise InputError(
            f"{len(truths)} texts have true spans, {len(found)} found ones and {len(scores)} scores; give one list "
            "for each text."
        )
    support = np.zeros(num_types, np.int64)
    each: list[list[tuple[float, bool]]] = [[] for _ in range(num_types)]
    for true, own, likely in zip(truths, found, scores, strict=True):
        known = set(true)
        for span in true:
            support[span.type] += 1
        if len(own) != len(likely):
            raise InputError(
                f"{len(own)} spans of a text have {len(likely)} scores; give each one."
            )
        for span, score in zip(own, likely, strict=True):
            if not 0 <= score <= 1:
                raise InputError(f"A span's score is {score!r}; give 0 to 1.")
            each[span.type].append((float(score), span in known))
    return tuple(_best(own, int(count)) for own, count in zip(each, support, strict=True))


def _best(found: Sequence[tuple[float, bool]], support: int) -> float:
    """The threshold of one type with ``support`` spans."""
    if len(found) <= LEAST_GAIN:
        return 0.0
    ordered = sorted(found)
    scores = np.array([score for score, _ in ordered])
    right = np.array([hit for _, hit in ordered])
    # Place n: the n lowest are dropped.
    dropped = np.arange(len(ordered))
    hits_dropped = np.concatenate([[0], np.cumsum(right)[:-1]])
    f1 = 2 * (right.sum() - hits_dropped) / (len(ordered) - dropped + support)
    clear = dropped - 2 * hits_dropped >= LEAST_GAIN
    parted = np.concatenate([[True], scores[1:] > scores[:-1]])  # not between equal scores
    able = np.flatnonzero(clear & parted & (f1 > f1[0]))
    if not len(able):
        return 0.0
    best = int(able[np.argmax(f1[able])])
    return _between(scores, best)


def _between(scores: NDArray[np.float64], place: int) -> float:
    low, high = float(scores[place - 1]), float(scores[place])
    middle = (low + high) / 2
    return middle if middle > low else high  # neighbours have nothing between them
