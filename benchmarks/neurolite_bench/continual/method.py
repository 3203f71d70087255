"""What learns task after task, and the loop that lets it and judges it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from neurolite_bench.continual.measures import Matrix
from neurolite_bench.continual.streams import Rows, Step, Stream

Scores = NDArray[np.float64]


class Method(Protocol):
    """Learns one task after another and answers at any time."""

    def learn(self, rows: Rows) -> None:
        """Takes a task's rows; those of earlier tasks are gone but for what it kept itself."""

    def scores(self, rows: Rows) -> Scores:
        """Of all labels, float64 [N, C]; -inf for a label that it has not met."""

    def kept_bytes(self) -> int:
        """What it keeps of the rows from task to task, beside the encoder and its head."""


def accuracy(scores: Scores, labels: NDArray[np.int64]) -> float:
    """Share of rows whose own label has the highest score."""
    return float((scores.argmax(axis=1) == labels).mean())


def among_own(scores: Scores, rows: Rows) -> float:
    """Accuracy where a text is answered only with labels of its own task: what new labels do not take away."""
    own = np.unique(rows.labels)
    return float((own[scores[:, own].argmax(axis=1)] == rows.labels).mean())


def run_through(
    method: Method, stream: Stream, steps: Sequence[Step]
) -> tuple[Matrix, Matrix, list[int]]:
    """Lets a method learn all tasks in order.

    Returns:
        R float64 [T, T], the same among each task's own labels, and the bytes kept after each task. Texts of labels
        that are still to come are wrong without being asked.
    """
    count = len(steps)
    matrix, own = np.zeros((count, count)), np.zeros((count, count))
    kept = []
    for now, step in enumerate(steps):
        method.learn(step.train)
        kept.append(method.kept_bytes())
        for place, other in enumerate(steps):
            if stream.new_labels and place > now:
                break
            scores = method.scores(other.judged)
            matrix[now, place] = accuracy(scores, other.judged.labels)
            own[now, place] = among_own(scores, other.judged)
    return matrix, own, kept


def run_at_once(method: Method, steps: Sequence[Step]) -> tuple[Matrix, Matrix]:
    """Lets a method learn the rows of all tasks together: the last rows of the same matrices, the others nan."""
    method.learn(joined([step.train for step in steps]))
    count = len(steps)
    matrix, own = np.full((count, count), np.nan), np.full((count, count), np.nan)
    for place, step in enumerate(steps):
        scores = method.scores(step.judged)
        matrix[-1, place] = accuracy(scores, step.judged.labels)
        own[-1, place] = among_own(scores, step.judged)
    return matrix, own


def joined(parts: Sequence[Rows]) -> Rows:
    """Rows of several tasks."""
    return Rows(
        tuple(text for part in parts for text in part.texts),
        np.concatenate([part.labels for part in parts]),
        np.concatenate([part.groups for part in parts]),
        np.concatenate([part.vectors for part in parts]),
    )
