"""Two models on the same texts, by hand."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import f1_score

from neurolite_core.evaluation.comparison import Answers, compare
from neurolite_core.ground.errors import InputError

TRUTHS = ["a", "a", "b", "b", "c", "z"]  # z is a label of neither
TEXTS = [f"text {row}" for row in range(6)]


def logits(answers: list[int], labels: int) -> NDArray[np.float32]:
    found = np.zeros((len(answers), labels), np.float32)
    found[np.arange(len(answers)), answers] = 2.0
    return found


def test_labels_are_matched_by_name() -> None:
    this = Answers(("a", "b", "c"), logits([0, 1, 1, 0, 2, 0], 3))  # a b b a c a
    other = Answers(("c", "x", "b", "a"), logits([3, 3, 1, 2, 0, 3], 4))  # a a x b c a
    found = compare(this, other, TRUTHS, TEXTS, "other.onnx")
    assert (found.both_right, found.only_this_right) == (2, 1)
    assert (found.only_other_right, found.neither_right) == (2, 1)
    assert found.difference == pytest.approx(-1 / 6)
    assert found.p_value == 1.0
    assert found.accuracy == pytest.approx(4 / 6)
    expected = f1_score(TRUTHS, ["a", "a", "x", "b", "c", "a"], average="macro")
    assert found.macro_f1 == pytest.approx(expected)
    assert (found.same_answer, found.differences_total) == (3, 3)
    # What only the other has right comes first.
    assert [row.row for row in found.differences] == [1, 3, 2]
    first = found.differences[0]
    assert (first.truth, first.answer, first.other_answer) == ("a", "b", "a")
    assert first.score == pytest.approx(np.exp(2) / (np.exp(2) + 2))
    assert first.other_score == pytest.approx(np.exp(2) / (np.exp(2) + 3))


def test_a_model_beside_itself() -> None:
    this = Answers(("a", "b", "c"), logits([0, 1, 1, 0, 2, 0], 3))
    found = compare(this, this, TRUTHS, TEXTS, "itself")
    assert (found.difference, found.p_value, found.same_answer) == (0.0, 1.0, 6)
    assert found.differences == ()
    assert found.difference_interval[0] == pytest.approx(-found.difference_interval[1])


def test_both_wrong_but_unlike_comes_last() -> None:
    this = Answers(("a", "b", "c"), logits([1, 0], 3))
    other = Answers(("a", "b", "c"), logits([2, 1], 3))
    found = compare(this, other, ["a", "b"], ["x" * 600, "y"], "other")
    assert [row.row for row in found.differences] == [1, 0]
    assert len(found.differences[1].text) == 500


def test_as_many_of_each() -> None:
    this = Answers(("a", "b"), logits([0, 1], 2))
    with pytest.raises(InputError, match="2 answers, 1 labels and 2 texts"):
        compare(this, this, ["a"], ["x", "y"], "other")
