"""When to answer: the threshold of a score from 0 to 1, and how well it separates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.evaluation.checks import check_scores
from neurolite_core.evaluation.intervals import Interval, share_interval
from neurolite_core.ground.errors import InputError

COVERAGE: Final = 0.95  # of all texts, where nothing is known of texts that no label fits
LABEL_COVERAGE: Final = 0.9  # of each label's
# From so many on a tenth is a text; labels with fewer are counted together.
FEWEST_OF_A_LABEL: Final = 10
FEWEST_TEXTS: Final = 20  # with fewer, 95 % of them are all of them
# What labels' coverage may cost of the balanced accuracy: keeping the rarest of 150 could cost all of it.
_SLACK: Final = 0.02
_HIGHEST: Final = math.nextafter(1.0, 0.0)


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """What a threshold does to a set of texts.

    Attributes:
        threshold: texts with a lower score get no answer; None where there is none, and every text is answered.
        coverage: share of the in-scope texts that are answered.
        accuracy: share of right answers among the answered; None where none is answered.
        out_of_scope_refused: share of the out-of-scope texts that get no answer; None without any.
        balanced_accuracy: mean of coverage and out_of_scope_refused; None without any.
        texts, out_of_scope_texts: how many there were.
        coverage_interval, accuracy_interval, out_of_scope_refused_interval: exact 95 % intervals of these shares;
            None where the share is.
    """

    threshold: float | None
    coverage: float
    accuracy: float | None
    out_of_scope_refused: float | None
    balanced_accuracy: float | None
    texts: int
    out_of_scope_texts: int
    coverage_interval: Interval
    accuracy_interval: Interval | None
    out_of_scope_refused_interval: Interval | None


@dataclass(frozen=True, slots=True)
class LabelCoverage:
    """What a threshold does to the texts of one label.

    Attributes:
        label: its name.
        texts: how many it has, at least 1.
        answered: how many of them are answered.
        coverage: the share of them.
        coverage_interval: its exact 95 % interval.
        accuracy: share of right answers among the answered; None where none is answered.
    """

    label: str
    texts: int
    answered: int
    coverage: float
    coverage_interval: Interval
    accuracy: float | None


def choose_threshold(
    scores_in: NDArray[np.floating],
    correct_in: NDArray[np.bool_],
    scores_out: NDArray[np.floating] | None = None,
    *,
    label_ids: NDArray[np.integer] | None = None,
    coverage: float = COVERAGE,
) -> OperatingPoint:
    """The threshold to store in a model, chosen on texts that it did not learn.

    Without out-of-scope texts it is the highest that answers the share ``coverage`` of all texts and
    ``LABEL_COVERAGE`` of each label's. With them it is the one with the best balanced accuracy of in-scope texts
    answered and others refused; of those within 2 points of it, one that leaves the fewest labels below
    ``LABEL_COVERAGE``, and of equals the best, then the lowest. Labels with fewer than ``FEWEST_OF_A_LABEL`` texts are
    counted together, as one. It lies halfway between two scores that occur, so that the small errors of an int8 file
    move no text across.

    Args:
        scores_in: float [N], of texts with a label, best ``scores.scope_scores``.
        correct_in: bool [N], whether the best label is the true one.
        scores_out: float [M], of texts that have none of the labels.
        label_ids: int [N], the truth; None looks at no label.
        coverage: above 0, at most 1; used only without ``scores_out``.

    Returns:
        The threshold and what it does to these texts. The threshold is None where none refuses anything and keeps all
        that: too few texts, or scores that separate nothing.

    Raises:
        InputError: no scores, scores outside 0 to 1, different lengths or a coverage out of range.
    """
    scores_in = check_scores("scores_in", scores_in)
    if not 0 < coverage <= 1:
        raise InputError(f"coverage is {coverage!r}; give a share above 0, at most 1.")
    groups = [] if label_ids is None else _groups(scores_in, label_ids)
    if scores_out is None:
        lowest_kept = min([_lowest_kept(scores_in, coverage), *_bounds(groups)])
        threshold = _below(scores_in, lowest_kept)
    else:
        outside = check_scores("scores_out", scores_out)
        threshold = _separating(scores_in, outside, _bounds(groups))
    return operating_point(threshold or None, scores_in, correct_in, scores_out)


def operating_point(
    threshold: float | None,
    scores_in: NDArray[np.floating],
    correct_in: NDArray[np.bool_],
    scores_out: NDArray[np.floating] | None = None,
) -> OperatingPoint:
    """What a given threshold does to texts; arguments and errors as in ``choose_threshold``."""
    scores_in = check_scores("scores_in", scores_in)
    if correct_in.shape != scores_in.shape:
        raise InputError(
            f"correct_in has the shape {correct_in.shape}; give {scores_in.shape}, as scores_in."
        )
    limit = threshold or 0.0
    answered = scores_in >= limit
    kept = float(answered.mean())
    right, given = int(correct_in[answered].sum()), int(answered.sum())
    refused, refused_interval = None, None
    if scores_out is not None:
        below = check_scores("scores_out", scores_out) < limit
        refused = float(below.mean())
        refused_interval = share_interval(int(below.sum()), len(below))
    return OperatingPoint(
        threshold=threshold,
        coverage=kept,
        accuracy=float(correct_in[answered].mean()) if answered.any() else None,
        out_of_scope_refused=refused,
        balanced_accuracy=None if refused is None else (kept + refused) / 2,
        texts=len(scores_in),
        out_of_scope_texts=0 if scores_out is None else len(scores_out),
        coverage_interval=share_interval(given, len(scores_in)),
        accuracy_interval=share_interval(right, given) if given else None,
        out_of_scope_refused_interval=refused_interval,
    )


def coverage_by_label(
    threshold: float | None,
    scores: NDArray[np.floating],
    correct: NDArray[np.bool_],
    label_ids: NDArray[np.integer],
    labels: Sequence[str],
) -> tuple[LabelCoverage, ...]:
    """What a threshold does to the texts of each label that has any, in the order of the labels.

    Args:
        threshold: a text with a lower score gets no answer; None answers all.
        scores: float [N].
        correct: bool [N], whether the best label is the true one.
        label_ids: int [N], the truth, places in ``labels``.
        labels: names.

    Raises:
        InputError: no scores, or scores outside 0 to 1.
    """
    answered = check_scores("scores", scores) >= (threshold or 0.0)
    texts, given, right = (
        np.bincount(label_ids[rows], minlength=len(labels))
        for rows in (slice(None), answered, answered & correct)
    )
    return tuple(
        LabelCoverage(
            label=labels[row],
            texts=int(texts[row]),
            answered=int(given[row]),
            coverage=float(given[row] / texts[row]),
            coverage_interval=share_interval(int(given[row]), int(texts[row])),
            accuracy=float(right[row] / given[row]) if given[row] else None,
        )
        for row in np.flatnonzero(texts).tolist()
    )


def auroc(scores_in: NDArray[np.floating], scores_out: NDArray[np.floating]) -> float:
    """Probability that an in-scope text scores higher than an out-of-scope one; ties count half.

    The area under the ROC curve as the Mann-Whitney statistic, exact also with ties.

    Args:
        scores_in: float [N].
        scores_out: float [M].

    Raises:
        InputError: no scores on a side, or scores outside 0 to 1.
    """
    scores_in = check_scores("scores_in", scores_in)
    ordered = np.sort(check_scores("scores_out", scores_out))
    below = np.searchsorted(ordered, scores_in, side="left")
    not_above = np.searchsorted(ordered, scores_in, side="right")
    return float((below + not_above).sum() / (2 * len(scores_in) * len(scores_out)))


def _groups(
    scores: NDArray[np.float64], label_ids: NDArray[np.integer]
) -> list[NDArray[np.float64]]:
    """The scores of each label; those of labels with few texts together."""
    if label_ids.shape != scores.shape:
        raise InputError(
            f"label_ids has the shape {label_ids.shape}; give {scores.shape}, as scores_in."
        )
    _, places, counts = np.unique(label_ids, return_inverse=True, return_counts=True)
    few = counts[places] < FEWEST_OF_A_LABEL
    groups = [scores[places == place] for place in np.flatnonzero(counts >= FEWEST_OF_A_LABEL)]
    return [*groups, scores[few]] if few.any() else groups


def _bounds(groups: Sequence[NDArray[np.float64]]) -> list[float]:
    """The highest score from which on each group keeps its share."""
    return [_lowest_kept(group, LABEL_COVERAGE) for group in groups]


def _lowest_kept(scores: NDArray[np.float64], share: float) -> float:
    # The small number takes back what 0.95 * 20 and the like have too much.
    wanted = math.ceil(share * len(scores) - 1e-9)
    return float(np.sort(scores)[::-1][wanted - 1])


def _below(scores: NDArray[np.float64], lowest_kept: float) -> float:
    lower = scores[scores < lowest_kept]
    return _between(float(lower.max()), lowest_kept) if len(lower) else 0.0


def _separating(
    inside: NDArray[np.float64], outside: NDArray[np.float64], bounds: Sequence[float]
) -> float:
    values = np.unique(np.concatenate([inside, outside]))
    values = values[values < _HIGHEST]  # no threshold below 1 refuses the others
    # Candidates: below every score, and just above each of them. In whole numbers, so that ties are ties.
    refused_inside = np.searchsorted(np.sort(inside), values, side="right")
    refused_outside = np.searchsorted(np.sort(outside), values, side="right")
    gains = np.append(0, refused_outside * len(inside) - refused_inside * len(outside))
    # Answering nothing (the last candidate) is worth as much as answering everything.
    if gains.max() <= 0:
        return 0.0
    # A candidate above a score refuses all that need that score or less.
    short = np.append(0, np.searchsorted(np.sort(bounds), values, side="right"))
    near = gains >= gains.max() - 2 * _SLACK * len(inside) * len(outside)
    near &= gains > 0
    fewest = near & (short == short[near].min())
    best = int(np.flatnonzero(fewest & (gains == gains[fewest].max()))[0])
    above = np.append(values, 1.0)
    return _between(float(above[best - 1]), float(above[best]))


def _between(low: float, high: float) -> float:
    """Halfway; above ``low`` also where the two are neighbours, and below 1."""
    middle = (low + high) / 2
    return min(middle if middle > low else high, _HIGHEST)
