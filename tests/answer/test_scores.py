"""Scores against plain formulas, and where exponentials end."""

from __future__ import annotations

import math

import numpy as np
import pytest

from neurolite_core.answer.labels import MAX_LABEL_LENGTH, check_labels, default_labels
from neurolite_core.answer.scores import (
    check_threshold,
    log_sum_exp,
    scope_scores,
    softmax,
    top_scores,
)
from neurolite_core.answer.tasks import task_of
from neurolite_core.ground.errors import InputError

LOGITS = np.array([[0.5, -1.0, 2.0], [-3.0, -2.5, -4.0], [0.0, 0.0, 0.0]], np.float32)


def test_scores_are_their_formulas() -> None:
    for row, logits in enumerate(LOGITS.tolist()):
        powers = [math.exp(value) for value in logits]
        total = sum(powers)
        assert softmax(LOGITS)[row] == pytest.approx([power / total for power in powers])
        assert top_scores(LOGITS)[row] == pytest.approx(max(powers) / total)
        assert log_sum_exp(LOGITS)[row] == pytest.approx(math.log(total))
        assert scope_scores(LOGITS)[row] == pytest.approx(total / (1 + total))


def test_far_from_zero_nothing_overflows() -> None:
    far = np.array([[800.0, 900.0], [-900.0, -800.0]], np.float32)
    assert softmax(far).sum(axis=1) == pytest.approx([1, 1])
    assert log_sum_exp(far) == pytest.approx([900, -800])
    assert scope_scores(far).tolist() == [1.0, 0.0]


def test_thresholds() -> None:
    assert check_threshold(0.5, ("a", "b")) == 0.5
    assert check_threshold(0, ()) == 0.0
    assert check_threshold(None, ("a", "b")) is check_threshold(None, ()) is None
    with pytest.raises(InputError, match="without labels has none"):
        check_threshold(0.5, ())
    with pytest.raises(InputError, match="threshold is 1"):
        check_threshold(1, ("a", "b"))


def test_labels() -> None:
    assert default_labels(3) == ("LABEL_0", "LABEL_1", "LABEL_2")
    longest = "x" * MAX_LABEL_LENGTH
    assert check_labels(["a", longest], 2) == ("a", longest)
    for wrong, message in (
        (["a", "b", "a"], "'a' stands twice"),
        (["a", f"{longest}x"], "cannot be used"),
        (["a", ""], "cannot be used"),
        (["a"], "number of labels is 1"),
    ):
        with pytest.raises(InputError, match=message):
            check_labels(wrong)
    with pytest.raises(InputError, match="num_labels is 3, but 2"):
        check_labels(["a", "b"], 3)


def test_the_task_follows_from_the_data() -> None:
    assert [task_of(several=several) for several in (False, True)] == [
        "classification",
        "multi_label",
    ]
