"""Thresholds and the area under the ROC curve, against search and scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from neurolite_core.evaluation.abstention import auroc, choose_threshold, operating_point
from neurolite_core.ground.errors import InputError

SCORES = st.lists(st.sampled_from([0.0, 0.2, 0.25, 0.5, 0.7, 1 - 2**-53, 1.0]), min_size=1)


def test_out_of_scope_texts_decide() -> None:
    inside, outside = np.array([0.9, 0.8, 0.7, 0.3]), np.array([0.1, 0.2, 0.4])
    point = choose_threshold(inside, np.array([True, True, False, False]), outside)
    assert point.threshold == pytest.approx(0.55)
    assert (point.coverage, point.out_of_scope_refused) == (0.75, 1.0)
    assert point.balanced_accuracy == 0.875
    assert point.accuracy == pytest.approx(2 / 3)
    assert (point.texts, point.out_of_scope_texts) == (4, 3)


def test_without_them_the_coverage_does() -> None:
    scores = np.arange(1, 21) / 20  # 0.05 to 1
    correct = scores > 0.5
    point = choose_threshold(scores, correct)
    assert point.threshold == pytest.approx(0.075)
    assert point.coverage == 0.95
    assert point.accuracy == pytest.approx(10 / 19)
    assert point.out_of_scope_refused is None
    assert point.balanced_accuracy is None
    assert choose_threshold(scores, correct, coverage=0.5).coverage == 0.5
    assert choose_threshold(scores, correct, coverage=1).threshold == 0.0
    same = np.full(9, 0.5)
    assert choose_threshold(same, same > 0, coverage=0.1).threshold == 0.0


@given(SCORES, SCORES)
def test_no_other_threshold_separates_better(inside: list[float], outside: list[float]) -> None:
    left, right = np.array(inside), np.array(outside)
    correct = np.ones(len(left), bool)
    found = choose_threshold(left, correct, right)
    assert 0 <= found.threshold < 1
    assert found.balanced_accuracy is not None
    for threshold in {*inside, *outside} - {1.0}:
        other = operating_point(threshold, left, correct, right)
        assert other.balanced_accuracy is not None
        assert found.balanced_accuracy >= other.balanced_accuracy - 1e-12


@given(SCORES, st.floats(0.01, 1))
def test_the_coverage_is_kept(inside: list[float], coverage: float) -> None:
    scores = np.array(inside)
    point = choose_threshold(scores, scores > 0.5, coverage=coverage)
    assert 0 <= point.threshold < 1
    assert point.coverage >= coverage - 1e-9


@given(SCORES, SCORES)
def test_auroc_is_that_of_scikit_learn(inside: list[float], outside: list[float]) -> None:
    truth = [1] * len(inside) + [0] * len(outside)
    expected = roc_auc_score(truth, inside + outside)
    assert auroc(np.array(inside), np.array(outside)) == pytest.approx(expected)


def test_auroc_of_float32_neighbours() -> None:
    low = np.array([0.5], np.float32)
    high = np.nextafter(low, np.float32(1))
    assert auroc(high, low) == 1.0
    assert choose_threshold(high, np.array([True]), low).balanced_accuracy == 1.0


def test_scores_that_cannot_be() -> None:
    good, right = np.array([0.5]), np.array([True])
    for wrong, message in ((np.array([]), "at least one"), (np.array([1.5]), "outside 0 to 1")):
        with pytest.raises(InputError, match=message):
            choose_threshold(wrong, right)
        with pytest.raises(InputError, match=message):
            choose_threshold(good, right, wrong)
        with pytest.raises(InputError, match=message):
            auroc(good, wrong)
    with pytest.raises(InputError, match="outside 0 to 1"):
        auroc(np.array([np.nan]), good)
    with pytest.raises(InputError, match="correct_in has the shape"):
        choose_threshold(good, np.array([True, False]))
    for coverage in (0.0, 1.1, float("nan")):
        with pytest.raises(InputError, match="coverage is"):
            choose_threshold(good, right, coverage=coverage)
