"""What logits of each task answer, against values worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from neurolite_core.answer.tasks import (
    ANSWERINGS,
    CLASSIFICATION,
    MULTI_LABEL,
    check_task_threshold,
)
from neurolite_core.ground.errors import InputError

# Scores 0.5, 0.8808, 0.1192; then ties; then none.
LOGITS = np.array([[0.0, 2.0, -2.0], [1.0, 1.0, 1.0], [-3.0, -4.0, -3.0]], np.float32)


@pytest.mark.parametrize(
    ("threshold", "given"),
    [
        (None, [[1, 1, 0], [1, 1, 1], [0, 0, 0]]),
        (0.5, [[1, 1, 0], [1, 1, 1], [0, 0, 0]]),  # what reaches it is given
        (0.51, [[0, 1, 0], [1, 1, 1], [0, 0, 0]]),
        (0.9, [[0, 0, 0], [0, 0, 0], [0, 0, 0]]),
        (0.1, [[1, 1, 1], [1, 1, 1], [0, 0, 0]]),
        (0.0, [[1, 1, 1], [1, 1, 1], [1, 1, 1]]),
    ],
)
def test_labels_that_reach_the_threshold_are_given(
    threshold: float | None, given: list[list[int]]
) -> None:
    found = ANSWERINGS[MULTI_LABEL].given(LOGITS, threshold)
    assert found.dtype == np.bool_
    assert found.tolist() == [[bool(value) for value in row] for row in given]


def test_of_one_label_the_first_of_the_best_is_given_whatever_the_threshold() -> None:
    for threshold in (None, 0.0, 0.99):
        found = ANSWERINGS[CLASSIFICATION].given(LOGITS, threshold)
        assert found.argmax(axis=1).tolist() == [1, 0, 0]
        assert found.sum(axis=1).tolist() == [1, 1, 1]


@pytest.mark.parametrize("task", ANSWERINGS)
def test_logits_of_probabilities_have_these_scores(task: str) -> None:
    answering = ANSWERINGS[task]
    scores = answering.scores(LOGITS)
    assert np.abs(answering.scores(answering.logits(scores)) - scores).max() < 1e-9
    sums = scores.sum(axis=1)
    assert (np.abs(sums - 1) < 1e-12).all() == (not answering.several)
    certain = answering.logits(np.array([[1.0, 0.0, 0.0]]))
    assert np.isfinite(certain).all()


def test_several_labels_need_a_threshold() -> None:
    check_task_threshold(CLASSIFICATION, None)
    check_task_threshold("embedding", None)
    check_task_threshold(MULTI_LABEL, 0.5)
    with pytest.raises(InputError, match="threshold is missing"):
        check_task_threshold(MULTI_LABEL, None)
