"""Checks of arrays that the evaluation is given."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurolite_core.ground.errors import InputError


def check_answers(
    logits: NDArray[np.floating], label_ids: NDArray[np.integer], unseen: int = 0
) -> None:
    """Raises unless logits are finite [N, C], C >= 2, and labels int [N] below C + unseen, N >= 1.

    Raises:
        InputError: names the array, what it is, and what it must be.
    """
    check_logits("logits", logits)
    if label_ids.shape != logits.shape[:1] or not np.issubdtype(label_ids.dtype, np.integer):
        raise InputError(
            f"label_ids is {label_ids.dtype} {label_ids.shape}; give whole numbers of shape "
            f"({len(logits)},), one for each row of logits."
        )
    known = logits.shape[1]
    if label_ids.min() < 0 or label_ids.max() >= known + unseen:
        others = f" and there are {unseen} labels that it has not" if unseen else ""
        raise InputError(
            f"label_ids goes from {label_ids.min()} to {label_ids.max()}; "
            f"logits has {known} columns{others}: give 0 to {known + unseen - 1}."
        )


def check_logits(name: str, logits: NDArray[np.floating]) -> None:
    """Raises unless logits are finite, [N, C], N >= 1 and C >= 2.

    Raises:
        InputError: names the array, what it is, and what it must be.
    """
    if logits.ndim != 2 or len(logits) == 0 or logits.shape[1] < 2:
        raise InputError(
            f"{name} has the shape {logits.shape}; give (N, C): at least one text, two labels."
        )
    if not np.isfinite(logits).all():
        raise InputError(f"{name} holds values that are not finite; the training went astray.")


def check_scores(name: str, scores: NDArray[np.floating]) -> NDArray[np.float64]:
    """Scores as float64, in which thresholds are compared; [N], N >= 1, from 0 to 1.

    Raises:
        InputError: names the array and what it must be.
    """
    if scores.ndim != 1 or len(scores) == 0:
        raise InputError(f"{name} has the shape {scores.shape}; give (N,), at least one score.")
    if not ((scores >= 0) & (scores <= 1)).all():
        raise InputError(f"{name} holds values outside 0 to 1; give highest softmax probabilities.")
    return scores.astype(np.float64)
