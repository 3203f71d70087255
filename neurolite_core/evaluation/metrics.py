"""Figures of a classifier from its answers: accuracy, F1 and confusions, in numpy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurolite_core.evaluation.intervals import Interval, share_interval
from neurolite_core.ground.errors import InputError


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """How well one label is found.

    Attributes:
        label: its name.
        precision: share of right ones among the texts that got this label; 0 where none did.
        precision_interval: its exact 95 % interval; None where no text got the label.
        recall: share of its texts that got it; 0 where it has none.
        recall_interval: its exact 95 % interval; None where it has no text.
        f1: harmonic mean of the two; 0 where both are 0.
        support: texts whose label it is.
        predicted: texts that got it.
    """

    label: str
    precision: float
    precision_interval: Interval | None
    recall: float
    recall_interval: Interval | None
    f1: float
    support: int
    predicted: int


@dataclass(frozen=True, slots=True)
class ConfusedPair:
    """Texts of one label that got another.

    Attributes:
        truth, answer: the labels.
        count: texts.
        share: of the texts of ``truth``.
    """

    truth: str
    answer: str
    count: int
    share: float


def confusion_cells(
    label_ids: NDArray[np.integer], answer_ids: NDArray[np.integer], num_labels: int
) -> tuple[tuple[int, int, int], ...]:
    """How often a label got which answer, where it did: truth, answer, count; in the order of the labels.

    Args:
        label_ids: int [N], the truth, from 0 to C - 1.
        answer_ids: int [N], the answers, likewise.
        num_labels: C, however many: no full matrix is made.

    Raises:
        InputError: different lengths, or numbers out of range.
    """
    _check_ids(label_ids, answer_ids, num_labels)
    cells, counts = np.unique(
        label_ids.astype(np.int64) * num_labels + answer_ids, return_counts=True
    )
    truths, answers = np.divmod(cells, num_labels)
    return tuple(zip(truths.tolist(), answers.tolist(), counts.tolist(), strict=True))


def class_figures(
    label_ids: NDArray[np.integer], answer_ids: NDArray[np.integer], labels: Sequence[str]
) -> tuple[ClassFigures, ...]:
    """Precision, recall and F1 of every label, in the order of the labels.

    Args:
        label_ids: int [N], the truth, from 0 to C - 1.
        answer_ids: int [N], the answers, likewise.
        labels: C names.

    Raises:
        InputError: different lengths, or numbers out of range.
    """
    _check_ids(label_ids, answer_ids, len(labels))
    size = len(labels)
    right = np.bincount(label_ids[label_ids == answer_ids], minlength=size)
    support = np.bincount(label_ids, minlength=size)
    predicted = np.bincount(answer_ids, minlength=size)
    # A denominator of 0 has a numerator of 0, so that 1 in its place gives the 0 that is promised.
    precision = right / np.maximum(predicted, 1)
    recall = right / np.maximum(support, 1)
    f1 = 2 * right / np.maximum(support + predicted, 1)
    return tuple(
        ClassFigures(
            label=label,
            precision=float(precision[row]),
            precision_interval=_interval(int(right[row]), int(predicted[row])),
            recall=float(recall[row]),
            recall_interval=_interval(int(right[row]), int(support[row])),
            f1=float(f1[row]),
            support=int(support[row]),
            predicted=int(predicted[row]),
        )
        for row, label in enumerate(labels)
    )


def _interval(count: int, total: int) -> Interval | None:
    return share_interval(count, total) if total else None


def macro_f1(figures: Sequence[ClassFigures]) -> float:
    """Mean F1 of the labels that occur, as truth or as answer; 0 to 1."""
    return float(np.mean([row.f1 for row in figures if row.support or row.predicted]))


def confused_pairs(
    label_ids: NDArray[np.integer],
    answer_ids: NDArray[np.integer],
    labels: Sequence[str],
    limit: int = 20,
) -> tuple[ConfusedPair, ...]:
    """The most frequent confusions, most frequent first; ties in the order of the labels.

    Args:
        label_ids: int [N], the truth, from 0 to C - 1.
        answer_ids: int [N], the answers, likewise.
        labels: C names.
        limit: pairs at most.

    Raises:
        InputError: different lengths, or numbers out of range.
    """
    cells = confusion_cells(label_ids, answer_ids, len(labels))
    support = np.bincount(label_ids, minlength=len(labels))
    wrong = sorted((cell for cell in cells if cell[0] != cell[1]), key=lambda cell: -cell[2])
    return tuple(
        ConfusedPair(labels[truth], labels[answer], count, float(count / support[truth]))
        for truth, answer, count in wrong[:limit]
    )


def _check_ids(
    label_ids: NDArray[np.integer], answer_ids: NDArray[np.integer], num_labels: int
) -> None:
    if label_ids.shape != answer_ids.shape or label_ids.ndim != 1:
        raise InputError(
            f"label_ids has the shape {label_ids.shape} and answer_ids {answer_ids.shape}; "
            "give both as (N,)."
        )
    both = np.concatenate([label_ids, answer_ids])
    if len(both) and (both.min() < 0 or both.max() >= num_labels):
        raise InputError(
            f"Label numbers go from {both.min()} to {both.max()}; give 0 to {num_labels - 1}."
        )
