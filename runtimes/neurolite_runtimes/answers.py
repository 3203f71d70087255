"""Logits to labels with scores, or to no answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import NDArray

from neurolite_core.answer.outputs import NO_ANSWER
from neurolite_core.answer.scores import scope_scores, sigmoid
from neurolite_core.answer.tasks import ANSWERINGS, CLASSIFICATION, MULTI_LABEL
from neurolite_runtimes.session import Float32Array


@dataclass(frozen=True, slots=True)
class Answer:
    """A label and its score: the softmax probability, or of several labels a text the sigmoid of its logit."""

    label: str
    score: float


def top_answers(
    logits: Float32Array, labels: Sequence[str], count: int, *, task: str = CLASSIFICATION
) -> list[list[Answer]]:
    """The ``count`` best labels of each text, best first; ties go to the earlier label.

    Args:
        logits: float32 [N, C].
        labels: C names.
        count: how many.
        task: the artifact's ``metadata.task``, which says whether scores are of softmax or of sigmoid.
    """
    scores = ANSWERINGS[task].scores(logits)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :count]
    return [
        [Answer(labels[column], float(row[column])) for column in columns]
        for row, columns in zip(scores, order, strict=True)
    ]


def given_answers(
    logits: Float32Array, labels: Sequence[str], threshold: float
) -> list[list[Answer]]:
    """Of a model of several labels a text, those of each text, best first: whose sigmoid(logit) reaches the threshold.

    Args:
        logits: float32 [N, C].
        labels: C names.
        threshold: the artifact's ``metadata.threshold``, or the caller's own.
    """
    scores, given = sigmoid(logits), ANSWERINGS[MULTI_LABEL].given(logits, threshold)
    return [
        [Answer(labels[column], float(row[column])) for column in order if own[column]]
        for row, own, order in zip(
            scores, given, np.argsort(-scores, axis=1, kind="stable"), strict=True
        )
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


def refused_by_rules(logits: Float32Array) -> NDArray[np.bool_]:
    """Which texts a file's rules leave without an answer, whatever its threshold: bool [N].

    All logits are then far below what a network's are cut to in files with rules.

    Args:
        logits: float32 [N, C], of a file with rules.
    """
    return np.asarray(logits.max(axis=1) < NO_ANSWER)
