"""Probabilities from logits, and when a model should rather not answer; no torch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from neurolite_core.errors import InputError
from neurolite_core.validation import require_fraction


def softmax(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    """Probabilities float64 [N, C] of logits [N, C]."""
    shifted = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    powers: NDArray[np.float64] = np.exp(shifted)
    total: NDArray[np.float64] = powers.sum(axis=1, keepdims=True)
    return powers / total


def top_scores(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    """The highest softmax probability of each text, float64 [N], of logits [N, C].

    It is the score that thresholds are held against (Hendrycks and Gimpel 2017, arXiv:1610.02136).
    """
    best: NDArray[np.float64] = softmax(logits).max(axis=1)
    return best


def check_threshold(value: float, labels: Sequence[str]) -> float:
    """A threshold as float: a text whose highest score is below it gets no answer.

    Args:
        value: 0 never abstains.
        labels: the model's; without labels there is nothing to abstain from.

    Raises:
        InputError: not a number with 0 <= value < 1, or not 0 for a model without labels.
    """
    require_fraction("threshold", value)
    if value and not labels:
        raise InputError(f"threshold is {value!r}; a model without labels has none: give 0.")
    return float(value)
