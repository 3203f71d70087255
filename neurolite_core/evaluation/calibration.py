"""Scores that mean what they say: temperature scaling, and how far from calibrated a model is.

Guo, Pleiss, Sun and Weinberger 2017, "On Calibration of Modern Neural Networks", arXiv:1706.04599.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.answer.scores import log_sum_exp, softmax, top_scores
from neurolite_core.evaluation.checks import check_answers, check_scores
from neurolite_core.ground.errors import InputError

if TYPE_CHECKING:
    from neurolite_core.network.model import NeuroLiteForClassification

LOWEST_TEMPERATURE: Final = 0.05
HIGHEST_TEMPERATURE: Final = 20.0
BINS: Final = 15
_GOLDEN: Final = (math.sqrt(5) - 1) / 2
_STEPS: Final = 60  # the interval shrinks by 0.618 a step, from 6 to below 1e-11


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Texts whose score is in one of equally wide intervals.

    Attributes:
        low, high: the interval, open below and closed above; the first one holds 0 as well.
        count: texts in it.
        confidence: their mean score; None without texts.
        accuracy: share of right answers among them; None without texts.
    """

    low: float
    high: float
    count: int
    confidence: float | None
    accuracy: float | None


@dataclass(frozen=True, slots=True)
class Calibration:
    """How far scores are from the accuracy that they promise.

    Attributes:
        nll: mean negative log-likelihood of the true labels, in nats, of the texts whose label the model has;
            None where there is no such text.
        ece: expected calibration error over ``BINS`` equally wide bins, 0 to 1.
        bins: the reliability diagram.
    """

    nll: float | None
    ece: float
    bins: tuple[ReliabilityBin, ...]


def fit_temperature(logits: NDArray[np.floating], label_ids: NDArray[np.integer]) -> float:
    """The temperature T for which softmax(logits / T) is most likely, from 0.05 to 20.

    A validation set without an error would drive T to 0, so targets are drawn in as Platt (1999) draws
    them in: the true label has (N + 1) / (N + 2) and the other labels share the rest.

    Args:
        logits: float [N, C] of validation texts, with no temperature applied yet.
        label_ids: int [N], the truth.

    Returns:
        T; 1.0 where no other is better.

    Raises:
        InputError: shapes, labels or values that cannot be.
    """
    check_answers(logits, label_ids)
    rows = len(label_ids)
    exact = logits.astype(np.float64)
    exact -= exact.max(axis=1, keepdims=True)
    true = exact[np.arange(rows), label_ids]
    others = (exact.sum(axis=1) - true) / (exact.shape[1] - 1)
    doubt = 1 / (rows + 2)
    # The loss is mean(log sum exp(logits / T)) - pull / T.
    pull = float(np.mean((1 - doubt) * true + doubt * others))

    return least_temperature(
        lambda scale: float(np.mean(log_sum_exp(exact * scale))) - pull * scale
    )


def least_temperature(loss_of_scale: Callable[[float], float]) -> float:
    """The temperature with the least loss, from 0.05 to 20; 1.0 where no other is better.

    Args:
        loss_of_scale: of the factor 1 / T of all logits; convex.
    """

    def loss(log_temperature: float) -> float:
        return loss_of_scale(math.exp(-log_temperature))

    # Convex in 1 / T, hence with a single valley in log T: golden section finds it.
    low, high = math.log(LOWEST_TEMPERATURE), math.log(HIGHEST_TEMPERATURE)
    left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    left_loss, right_loss = loss(left), loss(right)
    for _ in range(_STEPS):
        if left_loss <= right_loss:
            high, right, right_loss = right, left, left_loss
            left = high - _GOLDEN * (high - low)
            left_loss = loss(left)
        else:
            low, left, left_loss = left, right, right_loss
            right = low + _GOLDEN * (high - low)
            right_loss = loss(right)
    best = (low + high) / 2
    return math.exp(best) if loss(best) < loss(0.0) else 1.0


def fold_temperature(network: NeuroLiteForClassification, temperature: float) -> None:
    """Divides the head's weight and bias by T, and the wide path's scales and what rules learned, in place.

    Softmax of the logits is calibrated from then on, in every runtime and precision, and nothing behind the head needs
    to know that there was a temperature. The best label of a text stays.

    Raises:
        InputError: the temperature is not from 0.05 to 20.
    """
    if not LOWEST_TEMPERATURE <= temperature <= HIGHEST_TEMPERATURE:
        raise InputError(
            f"temperature is {temperature!r}; give a number from {LOWEST_TEMPERATURE} to "
            f"{HIGHEST_TEMPERATURE}, as fit_temperature does."
        )
    network.head.linear.weight.data.div_(temperature)
    network.head.linear.bias.data.div_(temperature)
    if network.wide is not None:
        network.wide.divide(temperature)
    if network.rules is not None:
        network.rules.divide(temperature)


def fold_shift(network: NeuroLiteForClassification, shift: float | NDArray[np.float64]) -> None:
    """Adds a constant to all logits, or to each its own, in place, by the head's bias.

    With the same for all, softmax stays as it is; ``scores.scope_scores`` moves, so that a threshold on it can be put
    anywhere. With one for each of several labels a text, sigmoid of each moves, and so does its threshold.

    Args:
        network: its head is changed.
        shift: a number, or float64 [C].

    Raises:
        InputError: the shift is not a finite number.
    """
    if not np.isfinite(shift).all():
        raise InputError(f"shift is {shift!r}; give a finite number.")
    bias = network.head.linear.bias.data
    bias.add_(bias.new_tensor(shift))


def measure_calibration(
    logits: NDArray[np.floating], label_ids: NDArray[np.integer], *, unseen: int = 0
) -> Calibration:
    """Calibration of softmax(logits) on texts with known labels.

    Args:
        logits: float [N, C].
        label_ids: int [N], the truth; C and above are labels that the model has not, whose texts are answered wrongly.
        unseen: how many of these there are.

    Raises:
        InputError: shapes, labels or values that cannot be.
    """
    check_answers(logits, label_ids, unseen)
    known = np.flatnonzero(label_ids < logits.shape[1])
    true = softmax(logits[known])[np.arange(len(known)), label_ids[known]]
    bins = reliability_bins(top_scores(logits), logits.argmax(axis=1) == label_ids)
    # A probability that underflowed counts as the smallest that there is, so that the mean stays finite.
    losses = -np.log(np.maximum(true, np.finfo(np.float64).tiny))
    nll = float(losses.mean()) if len(losses) else None
    return Calibration(nll=nll, ece=expected_calibration_error(bins), bins=bins)


def reliability_bins(
    scores: NDArray[np.floating], correct: NDArray[np.bool_], bins: int = BINS
) -> tuple[ReliabilityBin, ...]:
    """Mean score and accuracy of texts by score, in equally wide bins from 0 to 1.

    Args:
        scores: float [N], highest probability of each text.
        correct: bool [N], whether the answer was right.
        bins: how many.

    Raises:
        InputError: no texts, different lengths, or scores outside 0 to 1.
    """
    scores = check_scores("scores", scores)
    if correct.shape != scores.shape:
        raise InputError(f"correct has the shape {correct.shape}; give {scores.shape}, as scores.")
    places = np.clip(np.ceil(scores * bins).astype(np.int64) - 1, 0, bins - 1)
    counts = np.bincount(places, minlength=bins)
    sums = np.bincount(places, weights=scores, minlength=bins)
    right = np.bincount(places, weights=correct, minlength=bins)
    return tuple(
        ReliabilityBin(
            low=place / bins,
            high=(place + 1) / bins,
            count=int(count),
            confidence=float(sums[place] / count) if count else None,
            accuracy=float(right[place] / count) if count else None,
        )
        for place, count in enumerate(counts)
    )


def expected_calibration_error(bins: tuple[ReliabilityBin, ...]) -> float:
    """Mean distance of accuracy and score over the bins, weighted by their texts; 0 to 1."""
    total = sum(row.count for row in bins)
    return sum(
        row.count / total * abs(row.accuracy - row.confidence)
        for row in bins
        if row.accuracy is not None and row.confidence is not None
    )
