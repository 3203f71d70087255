"""Figures against scikit-learn, and by hand where there is nothing to average."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix, f1_score, precision_recall_fscore_support

from neurolite_core.evaluation.metrics import (
    ConfusedPair,
    class_figures,
    confused_pairs,
    confusion_cells,
    macro_f1,
)
from neurolite_core.ground.errors import InputError


def names(count: int) -> tuple[str, ...]:
    return tuple(f"label {number}" for number in range(count))


def random_answers(
    texts: int, labels: int, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Truth and answers that agree on about half; some labels never occur, some only as answer."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, max(2, labels - 2), texts)
    answers = np.where(rng.random(texts) < 0.5, truth, rng.integers(0, labels, texts))
    answers[answers == 1] = 0
    return truth, answers


@pytest.mark.parametrize(("texts", "labels"), [(1, 2), (60, 2), (500, 7), (3_000, 200), (40, 200)])
def test_figures_are_those_of_scikit_learn(texts: int, labels: int) -> None:
    truth, answers = random_answers(texts, labels, seed=texts + labels)
    numbers = list(range(labels))
    confusion = confusion_matrix(truth, answers, labels=numbers)
    cells = [(row, column, confusion[row, column]) for row, column in np.argwhere(confusion)]
    assert list(confusion_cells(truth, answers, labels)) == cells
    figures = class_figures(truth, answers, names(labels))
    expected = precision_recall_fscore_support(truth, answers, labels=numbers, zero_division=0)
    for column, values in zip(("precision", "recall", "f1", "support"), expected, strict=True):
        assert [getattr(row, column) for row in figures] == pytest.approx(values.tolist())
    # Without a list of labels, scikit-learn averages over those that occur.
    assert macro_f1(figures) == pytest.approx(f1_score(truth, answers, average="macro"))


def test_the_worst_pairs_come_first() -> None:
    confusion = np.array([[5, 2, 1], [0, 9, 2], [4, 0, 0]])
    truth = np.repeat([0, 1, 2], confusion.sum(axis=1))
    answers = np.repeat(np.tile([0, 1, 2], 3), confusion.ravel())
    assert confused_pairs(truth, answers, ("a", "b", "c")) == (
        ConfusedPair("c", "a", 4, 1.0),
        ConfusedPair("a", "b", 2, 0.25),
        ConfusedPair("b", "c", 2, 2 / 11),
        ConfusedPair("a", "c", 1, 0.125),
    )
    assert len(confused_pairs(truth, answers, ("a", "b", "c"), 2)) == 2
    assert confused_pairs(truth, truth, ("a", "b", "c")) == ()


def test_any_number_of_labels() -> None:
    """As many as a model may have: no full matrix is made."""
    truth, answers = np.array([0, 65_535, 7]), np.array([0, 1, 7])
    figures = class_figures(truth, answers, names(65_536))
    assert macro_f1(figures) == 0.5  # 1 and 65,535 are never right, 0 and 7 always
    assert confused_pairs(truth, answers, names(65_536))[0].truth == "label 65535"


def test_numbers_that_cannot_be() -> None:
    with pytest.raises(InputError, match="0 to 1"):
        confusion_cells(np.array([0, 2]), np.array([0, 1]), 2)
    with pytest.raises(InputError, match="shape"):
        confusion_cells(np.array([0, 1]), np.array([0]), 2)
