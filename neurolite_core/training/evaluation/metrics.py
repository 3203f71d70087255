"""Figures of a classifier from its answers: accuracy, F1 and confusions, in numpy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.errors import InputError

_RESAMPLES: Final = 2_000


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """How well one label is found.

    Attributes:
        label: its name.
        precision: share of right ones among the texts that got this label; 0 where none did.
        recall: share of its texts that got it; 0 where it has none.
        f1: harmonic mean of the two; 0 where both are 0.
        support: texts whose label it is.
        predicted: texts that got it.
    """

    label: str
    precision: float
    recall: float
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


def confusion_counts(
    label_ids: NDArray[np.integer], answer_ids: NDArray[np.integer], num_labels: int
) -> NDArray[np.int64]:
    """How often a label (row) got which answer (column).

    Args:
        label_ids: int [N], the truth, from 0 to C - 1.
        answer_ids: int [N], the answers, likewise.
        num_labels: C.

    Returns:
        int64 [C, C].

    Raises:
        InputError: different lengths, or numbers out of range.
    """
    if label_ids.shape != answer_ids.shape or label_ids.ndim != 1:
        raise InputError(
            f"label_ids has the shape {label_ids.shape} and answer_ids {answer_ids.shape}; "
            "give both as (N,)."
        )
    both = np.concatenate([label_ids, answer_ids]).astype(np.int64)
    if len(both) and (both.min() < 0 or both.max() >= num_labels):
        raise InputError(
            f"Label numbers go from {both.min()} to {both.max()}; give 0 to {num_labels - 1}."
        )
    cells = label_ids.astype(np.int64) * num_labels + answer_ids
    counts = np.bincount(cells, minlength=num_labels * num_labels)
    return counts.reshape(num_labels, num_labels).astype(np.int64)


def accuracy(confusion: NDArray[np.int64]) -> float:
    """Share of right answers, 0 to 1, of counts int64 [C, C] that are not all zero."""
    return float(np.trace(confusion) / confusion.sum())


def class_figures(
    confusion: NDArray[np.int64], labels: tuple[str, ...]
) -> tuple[ClassFigures, ...]:
    """Precision, recall and F1 of every label, in the order of the labels.

    Args:
        confusion: int64 [C, C].
        labels: C names.
    """
    right = np.diagonal(confusion)
    support, predicted = confusion.sum(axis=1), confusion.sum(axis=0)
    # A denominator of 0 has a numerator of 0, so that 1 in its place gives the 0 that is promised.
    precision = right / np.maximum(predicted, 1)
    recall = right / np.maximum(support, 1)
    f1 = 2 * right / np.maximum(support + predicted, 1)
    return tuple(
        ClassFigures(
            label=label,
            precision=float(precision[row]),
            recall=float(recall[row]),
            f1=float(f1[row]),
            support=int(support[row]),
            predicted=int(predicted[row]),
        )
        for row, label in enumerate(labels)
    )


def macro_f1(figures: tuple[ClassFigures, ...]) -> float:
    """Mean F1 of the labels that occur, as truth or as answer; 0 to 1."""
    return float(np.mean([row.f1 for row in figures if row.support or row.predicted]))


def confused_pairs(
    confusion: NDArray[np.int64], labels: tuple[str, ...], limit: int = 20
) -> tuple[ConfusedPair, ...]:
    """The most frequent confusions, most frequent first; ties in the order of the labels.

    Args:
        confusion: int64 [C, C].
        labels: C names.
        limit: pairs at most.
    """
    wrong = confusion.copy()
    np.fill_diagonal(wrong, 0)
    truths, answers = np.nonzero(wrong)
    order = np.argsort(-wrong[truths, answers], kind="stable")[:limit]
    support = confusion.sum(axis=1)
    return tuple(
        ConfusedPair(
            truth=labels[truth],
            answer=labels[answer],
            count=int(wrong[truth, answer]),
            share=float(wrong[truth, answer] / support[truth]),
        )
        for truth, answer in zip(truths[order], answers[order], strict=True)
    )


def accuracy_interval(right: int, total: int, *, seed: int = 0) -> tuple[float, float]:
    """95 % interval of the accuracy by the percentile bootstrap (Efron 1979).

    Drawing texts with replacement and counting the right ones is a binomial draw, which is what is done.

    Args:
        right: right answers.
        total: texts, at least 1.
        seed: of the draws; equal seeds give equal intervals.

    Raises:
        InputError: ``total`` below 1, or ``right`` not from 0 to ``total``.
    """
    if total < 1 or not 0 <= right <= total:
        raise InputError(f"{right} right of {total} texts cannot be; give 0 <= right <= total.")
    draws = np.random.default_rng(seed).binomial(total, right / total, _RESAMPLES) / total
    low, high = np.percentile(draws, [2.5, 97.5])
    return float(low), float(high)
