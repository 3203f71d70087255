"""What a training of each task learns from, minimises and chooses weights by; a task that is trained is a row here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from neurolite_core.answer.tasks import CLASSIFICATION, EMBEDDING, MULTI_LABEL
from neurolite_core.data.store import TextStore
from neurolite_core.evaluation.multi_label.metrics import best_micro_f1, log_loss
from neurolite_core.network.model import (
    NeuroLiteForClassification,
    NeuroLiteForEmbedding,
    NeuroLiteForMultiLabel,
    TextNetwork,
)
from neurolite_core.training.fitting.objective import balanced_weights, training_loss
from neurolite_core.training.fitting.objective_embedding import (
    cosine_distance,
    cosine_loss,
    mean_cosine,
)
from neurolite_core.training.fitting.objective_several import balanced_labels, several_loss
from neurolite_core.training.fitting.predict import cross_entropy

Truths = NDArray[Any]
"""int64 [R], the label of each row; of several labels a text float32 [R, C], 1 for each that it has; of an embedding
float32 [R, D], the wanted vectors."""


@dataclass(frozen=True, slots=True)
class Objective:
    """How one task is trained.

    Attributes:
        network: the class of its models.
        output: of these, which is fitted.
        width: of this output, of a network: C labels, or D components.
        truths: of rows int [R] of a store, and of C labels.
        unlabelled: the truth [1, ...] of a row without labels, of C; it has no weight in the loss.
        loss: of logits, truths, a teacher's logits and their weights; see ``training_loss``.
        balanced: float32 [C], what makes rare labels count more, of rows of a store.
        validation_loss: of logits and truths, in nats a text.
        score: of logits and truths, what decides which weights are kept, 0 to 1.
        score_name: what that is.
        outside_weight: of the teacher's answer that any label is as likely, for texts out of scope. With several
            labels a text it is 0: such a text has none of them, which is a truth like any other.
    """

    network: type[TextNetwork]
    output: str
    width: Callable[[TextNetwork], int]
    truths: Callable[[TextStore, NDArray[np.int64], int], Truths]
    unlabelled: Callable[[int], Truths]
    loss: Callable[..., Tensor]
    balanced: Callable[[TextStore, NDArray[np.int64]], NDArray[np.float32]]
    validation_loss: Callable[[NDArray[np.float32], Truths], float]
    score: Callable[[NDArray[np.float32], Truths], float]
    score_name: str
    outside_weight: float


def _labels(network: TextNetwork) -> int:
    return len(network.labels)


def _components(network: TextNetwork) -> int:
    return network.config.text_size


def _no_truths(_: TextStore, rows: NDArray[np.int64], __: int) -> Truths:
    return np.full(len(rows), -1, np.int64)


def _no_balance(_: TextStore, __: NDArray[np.int64]) -> NDArray[np.float32]:
    return np.ones(1, np.float32)


def _label_of(store: TextStore, rows: NDArray[np.int64], _: int) -> Truths:
    return store.label_ids[rows].astype(np.int64)


def _labels_of(store: TextStore, rows: NDArray[np.int64], num_labels: int) -> Truths:
    return store.label_sets.matrix(store.label_ids[rows], num_labels).astype(np.float32)


def _accuracy(logits: NDArray[np.float32], truths: Truths) -> float:
    return float((logits.argmax(axis=1) == truths).mean())


def _balanced_label(store: TextStore, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    return balanced_weights(store.label_ids[rows], len(store.labels))


def _balanced_labels(store: TextStore, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    return balanced_labels(store.rows_per_label(rows), len(rows))


OBJECTIVES: Final[Mapping[str, Objective]] = MappingProxyType(
    {
        CLASSIFICATION: Objective(
            network=NeuroLiteForClassification,
            output="logits",
            width=_labels,
            truths=_label_of,
            unlabelled=lambda _: np.full(1, -1, np.int64),
            loss=training_loss,
            balanced=_balanced_label,
            validation_loss=cross_entropy,
            score=_accuracy,
            score_name="accuracy",
            outside_weight=1.0,
        ),
        MULTI_LABEL: Objective(
            network=NeuroLiteForMultiLabel,
            output="logits",
            width=_labels,
            truths=_labels_of,
            unlabelled=lambda labels: np.zeros((1, labels), np.float32),
            loss=several_loss,
            balanced=_balanced_labels,
            validation_loss=log_loss,
            score=best_micro_f1,
            score_name="micro_f1",
            outside_weight=0.0,
        ),
        # What is wanted are a teacher's vectors, which are targets: the rows themselves say nothing.
        EMBEDDING: Objective(
            network=NeuroLiteForEmbedding,
            output="embedding",
            width=_components,
            truths=_no_truths,
            unlabelled=lambda _: np.full(1, -1, np.int64),
            loss=cosine_loss,
            balanced=_no_balance,
            validation_loss=cosine_distance,
            score=mean_cosine,
            score_name="cosine",
            outside_weight=0.0,
        ),
    }
)
