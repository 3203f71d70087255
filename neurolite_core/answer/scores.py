"""Probabilities from logits, and when a model should rather not answer; no torch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from neurolite_core.ground.checks import require_fraction
from neurolite_core.ground.errors import InputError


def softmax(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    """Probabilities float64 [N, C] of logits [N, C]."""
    _, powers = _powers(logits)
    total: NDArray[np.float64] = powers.sum(axis=1, keepdims=True)
    return powers / total


def sigmoid(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    """1 / (1 + exp(-logits)) of each, float64, without overflow; at least 0.5 where the logit is at least 0."""
    powers = np.exp(-np.abs(logits.astype(np.float64)))
    scores: NDArray[np.float64] = np.where(logits >= 0, 1.0, powers) / (1 + powers)
    return scores


def log_sum_exp(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    """log(sum(exp(logits))) of each text, float64 [N], of logits [N, C], without overflow."""
    highest, powers = _powers(logits)
    sums: NDArray[np.float64] = highest + np.log(powers.sum(axis=1))
    return sums


def top_scores(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    """The highest softmax probability of each text, float64 [N], of logits [N, C]: of the answer."""
    best: NDArray[np.float64] = softmax(logits).max(axis=1)
    return best


def scope_scores(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    """How surely each text has any of the labels, float64 [N] from 0 to 1, of logits [N, C].

    The softmax probability that is not that of one more class, "none of these", whose logit is always 0:
    sum(exp(logits)) / (1 + sum(exp(logits))). It grows with the energy of Liu et al. 2020,
    "Energy-based Out-of-distribution Detection", arXiv:2010.03759. Thresholds are held against it.
    """
    highest, powers = _powers(logits, at_least=0.0)
    known: NDArray[np.float64] = powers.sum(axis=1)
    score: NDArray[np.float64] = known / (known + np.exp(-highest))
    return score


def _powers(
    logits: NDArray[np.floating], at_least: float = -np.inf
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The highest logit of each text or ``at_least``, [N], and exp(logits - highest), [N, C]."""
    exact = logits.astype(np.float64)
    highest: NDArray[np.float64] = np.maximum(exact.max(axis=1), at_least)
    return highest, np.exp(exact - highest[:, None])


def check_threshold(value: float | None, labels: Sequence[str]) -> float | None:
    """A threshold as float: a text whose scope score is below it gets no answer.

    Args:
        value: 0 answers every text; None where nobody could say from which score on to answer.
        labels: the model's; without labels there is nothing to abstain from.

    Raises:
        InputError: not a number with 0 <= value < 1, or above 0 for a model without labels.
    """
    if value is None:
        return None
    require_fraction("threshold", value)
    if value and not labels:
        raise InputError(f"threshold is {value!r}; a model without labels has none.")
    return float(value)
