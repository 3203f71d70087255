"""A temperature for all labels, and for each label the score from which on a text is given it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurolite_core.answer.scores import sigmoid
from neurolite_core.evaluation.abstention import FEWEST_OF_A_LABEL
from neurolite_core.evaluation.calibration import least_temperature
from neurolite_core.evaluation.checks import check_logits
from neurolite_core.ground.errors import InputError


@dataclass(frozen=True, slots=True, eq=False)
class LabelThresholds:
    """From which logit on a label is given.

    Attributes:
        logits: float64 [C].
        own: bool [C], whether the label's own texts chose it; the others have one together.
        pooled: texts that chose that one; 0 where they are too few, and a probability of 0.5 it is.
    """

    logits: NDArray[np.float64]
    own: NDArray[np.bool_]
    pooled: int

    @property
    def probabilities(self) -> NDArray[np.float64]:
        """The same as scores, float64 [C]."""
        return sigmoid(self.logits)


def fit_label_temperature(logits: NDArray[np.floating], truths: NDArray[np.bool_]) -> float:
    """The temperature T for which sigmoid(logits / T) is most likely, from 0.05 to 20, as ``fit_temperature``.

    Args:
        logits: float [N, C].
        truths: bool [N, C].

    Raises:
        InputError: shapes or values that cannot be.
    """
    _check(logits, truths)
    exact = logits.astype(np.float64)
    doubt = 1 / (len(exact) + 2)
    targets = np.where(truths, 1 - doubt, doubt)
    pull = float((exact * targets).mean())
    return least_temperature(
        lambda scale: float(np.logaddexp(0.0, exact * scale).mean()) - pull * scale
    )


def choose_label_thresholds(
    logits: NDArray[np.floating], truths: NDArray[np.bool_]
) -> LabelThresholds:
    """For each label the threshold with the best F1 on these texts (Fan and Lin 2007, "SCut").

    Labels that fewer than ``FEWEST_OF_A_LABEL`` texts have share one, the best for all of them together; where they
    are fewer together, too, it is 0, a probability of a half. Thresholds lie halfway between two scores that occur, so
    that the small errors of an int8 file move no text across.

    Args:
        logits: float [N, C], calibrated, of texts that were not learned.
        truths: bool [N, C].

    Raises:
        InputError: shapes or values that cannot be.
    """
    _check(logits, truths)
    exact = logits.astype(np.float64)
    support = truths.sum(axis=0)
    own = support >= FEWEST_OF_A_LABEL
    chosen = np.zeros(exact.shape[1])
    for label in np.flatnonzero(own):
        chosen[label] = best_threshold(exact[:, label], truths[:, label])
    pooled = int(support[~own].sum())
    if pooled >= FEWEST_OF_A_LABEL:
        chosen[~own] = best_threshold(exact[:, ~own].ravel(), truths[:, ~own].ravel())
    else:
        pooled = 0
    return LabelThresholds(chosen, own, pooled)


def best_threshold(scores: NDArray[np.float64], truths: NDArray[np.bool_]) -> float:
    """From which score on answers have the best F1; of equally good ones the one that gives fewest.

    Args:
        scores: float64 [N], any numbers.
        truths: bool [N], at least one of them True.
    """
    order = np.argsort(-scores, kind="stable")
    ordered = scores[order]
    cut = np.flatnonzero(np.append(ordered[1:] < ordered[:-1], True))
    right = np.cumsum(truths[order])[cut]
    best = cut[int(np.argmax(2 * right / (cut + 1 + truths.sum())))]
    low = ordered[best + 1] if best + 1 < len(ordered) else ordered[best] - 2.0
    middle = float((ordered[best] + low) / 2)
    return middle if middle > low else float(ordered[best])  # neighbours have nothing between them


def _check(logits: NDArray[np.floating], truths: NDArray[np.bool_]) -> None:
    check_logits("logits", logits)
    if truths.shape != logits.shape or truths.dtype != np.bool_:
        raise InputError(
            f"truths is {truths.dtype} {truths.shape}; give bool {logits.shape}, as the logits."
        )
