"""For each type the score from which on its spans are given, where some of them are better not given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.evaluation.incomplete_beta import beta_share
from neurolite_core.evaluation.spans.metrics import Spans
from neurolite_core.ground.errors import InputError

# Validation has few wrong spans of a type, and the best of many thresholds of many types looks good by chance.
LEVEL: Final = 0.05


def choose_span_thresholds(
    truths: Spans, found: Spans, scores: Sequence[Sequence[float]], num_types: int
) -> tuple[float, ...]:
    """For each type the threshold with the best F1 on these texts, or 0 where nothing is clearly gained.

    Clearly gained is: if spans that the threshold drops were right as often as wrong, so many wrong ones among them
    were less probable than ``LEVEL`` shared by all types (a sign test with Bonferroni's correction). Among 3 types that
    is 6 of 6, among 39 10 of 10 or 25 of 32.
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
    return tuple(
        _best(own, int(count), LEVEL / num_types) for own, count in zip(each, support, strict=True)
    )


def _best(found: Sequence[tuple[float, bool]], support: int, level: float) -> float:
    """The threshold of one type with ``support`` spans."""
    if not found:
        return 0.0
    ordered = sorted(found)
    scores = np.array([score for score, _ in ordered])
    right = np.array([hit for _, hit in ordered])
    # Place n: the n lowest are dropped.
    dropped = np.arange(len(ordered))
    hits_dropped = np.concatenate([[0], np.cumsum(right)[:-1]])
    f1 = 2 * (right.sum() - hits_dropped) / (len(ordered) - dropped + support)
    clear = np.array(
        [
            hits < all_ and beta_share(all_ - hits, hits + 1, 0.5) <= level
            for all_, hits in zip(dropped.tolist(), hits_dropped.tolist(), strict=True)
        ]
    )
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
