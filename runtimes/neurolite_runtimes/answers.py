"""Logits to labels with scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurolite_runtimes.session import Float32Array


@dataclass(frozen=True, slots=True)
class Answer:
    """A label and its softmax probability."""

    label: str
    score: float


def softmax(logits: Float32Array) -> NDArray[np.float64]:
    """Probabilities float64 [N, C] of logits float32 [N, C]."""
    shifted = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    powers: NDArray[np.float64] = np.exp(shifted)
    total: NDArray[np.float64] = powers.sum(axis=1, keepdims=True)
    return powers / total


def top_answers(logits: Float32Array, labels: Sequence[str], count: int) -> list[list[Answer]]:
    """The ``count`` best labels of each text, best first; ties go to the earlier label."""
    scores = softmax(logits)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :count]
    return [
        [Answer(labels[column], float(row[column])) for column in columns]
        for row, columns in zip(scores, order, strict=True)
    ]
