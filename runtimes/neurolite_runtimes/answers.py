"""Logits to labels with scores, or to no answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import NDArray

from neurolite_core.answer.scores import scope_scores, softmax
from neurolite_runtimes.session import Float32Array


@dataclass(frozen=True, slots=True)
class Answer:
    """A label and its softmax probability."""

    label: str
    score: float


def top_answers(logits: Float32Array, labels: Sequence[str], count: int) -> list[list[Answer]]:
    """The ``count`` best labels of each text, best first; ties go to the earlier label."""
    scores = softmax(logits)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :count]
    return [
        [Answer(labels[column], float(row[column])) for column in columns]
        for row, columns in zip(scores, order, strict=True)
    ]


@overload
def abstains(logits: Float32Array, threshold: float) -> NDArray[np.bool_]: ...


@overload
def abstains(logits: Float32Array, threshold: None) -> None: ...


@overload
def abstains(logits: Float32Array, threshold: float | None) -> NDArray[np.bool_] | None: ...


def abstains(logits: Float32Array, threshold: float | None) -> NDArray[np.bool_] | None:
    """Which texts should get no answer: their scope score is below the threshold.

    Args:
        logits: float32 [N, C].
        threshold: the artifact's ``metadata.threshold``, or the caller's own; 0 answers every text.

    Returns:
        bool [N]; None for a threshold of None: the model was not given one and cannot say.
    """
    return None if threshold is None else scope_scores(logits) < threshold
