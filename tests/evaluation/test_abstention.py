"""Thresholds and the area under the ROC curve, against search and scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from neurolite_core.evaluation.abstention import (
    FEWEST_OF_A_LABEL,
    auroc,
    choose_threshold,
    coverage_by_label,
    operating_point,
)
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
    assert choose_threshold(scores, correct, coverage=1).threshold is None
    same = np.full(9, 0.5)
    assert choose_threshold(same, same > 0, coverage=0.1).threshold is None


@given(SCORES, SCORES)
def test_no_other_threshold_separates_better(inside: list[float], outside: list[float]) -> None:
    left, right = np.array(inside), np.array(outside)
    correct = np.ones(len(left), bool)
    found = choose_threshold(left, correct, right)
    assert found.threshold is None or 0 < found.threshold < 1
    assert found.balanced_accuracy is not None
    for threshold in {*inside, *outside} - {1.0}:
        other = operating_point(threshold, left, correct, right)
        assert other.balanced_accuracy is not None
        assert found.balanced_accuracy >= other.balanced_accuracy - 1e-12


@given(SCORES, st.floats(0.01, 1))
def test_the_coverage_is_kept(inside: list[float], coverage: float) -> None:
    scores = np.array(inside)
    point = choose_threshold(scores, scores > 0.5, coverage=coverage)
    assert point.threshold is None or 0 < point.threshold < 1
    assert point.coverage >= coverage - 1e-9


def test_nineteen_texts_are_too_few_for_a_threshold() -> None:
    for count, found in ((19, None), (20, pytest.approx(0.5125))):
        scores = np.linspace(0.5, 1.0, 21)[:count]
        assert choose_threshold(scores, scores > 0).threshold == found


def labelled(**scores: list[float]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    ids = np.repeat(np.arange(len(scores)), [len(row) for row in scores.values()])
    return np.concatenate([*scores.values()]), ids


def test_a_rare_label_is_kept_where_its_texts_can_speak() -> None:
    """1,000 texts of one label and 12 of another whose scores are lower, as in a user's report."""
    common = np.linspace(0.8, 1, 990).tolist()
    scores, ids = labelled(common=common, rare=np.linspace(0.3, 0.52, 12).tolist())
    right = scores > 0
    swallowed = choose_threshold(scores, right)
    assert swallowed.threshold is not None
    rows = coverage_by_label(swallowed.threshold, scores, right, ids, ["common", "rare"])
    assert rows[1].answered == 0
    kept = choose_threshold(scores, right, label_ids=ids)
    rows = coverage_by_label(kept.threshold, scores, right, ids, ["common", "rare"])
    assert [row.answered for row in rows] == [990, 11]
    assert kept.threshold == pytest.approx(0.31)


def test_labels_with_few_texts_are_counted_together() -> None:
    common = np.linspace(0.8, 1, 300).tolist()
    # One text of one label: it is kept. Twenty labels with one text each: two of them may be refused.
    scores, ids = labelled(common=common, rare=[0.4])
    assert choose_threshold(scores, scores > 0, label_ids=ids).threshold is None
    many = {f"rare {place}": [0.3 + place / 100] for place in range(20)}
    scores, ids = labelled(common=common, **many)
    point = choose_threshold(scores, scores > 0, label_ids=ids)
    assert point.threshold == pytest.approx(0.315)


@given(SCORES, st.integers(0, 2**32 - 1))
def test_every_label_with_enough_texts_keeps_nine_tenths(inside: list[float], seed: int) -> None:
    scores = np.array(inside * 12)
    ids = np.random.default_rng(seed).integers(0, 3, len(scores))
    point = choose_threshold(scores, scores > 0.5, label_ids=ids)
    assert point.coverage >= 0.95 - 1e-9
    names = ["a", "b", "c"]
    for row in coverage_by_label(point.threshold, scores, scores > 0.5, ids, names):
        assert row.texts < FEWEST_OF_A_LABEL or row.coverage >= 0.9 - 1e-9


def test_beside_out_of_scope_texts_labels_are_kept_for_two_points_and_no_more() -> None:
    outside = np.linspace(0.0, 0.5, 100)
    common = np.linspace(0.6, 1.0, 1_000).tolist()
    for low, kept, refused in ((0.49, 11, 0.97), (0.3, 0, 1.0)):
        scores, ids = labelled(common=common, rare=np.linspace(low, low + 0.009, 12).tolist())
        alone = choose_threshold(scores, scores > 0, outside)
        assert alone.out_of_scope_refused == 1.0
        point = choose_threshold(scores, scores > 0, outside, label_ids=ids)
        rare = coverage_by_label(point.threshold, scores, scores > 0, ids, ["common", "rare"])[1]
        assert rare.answered == pytest.approx(kept, abs=1)
        assert point.out_of_scope_refused == pytest.approx(refused, abs=0.011)


@given(SCORES, SCORES, st.integers(0, 2**32 - 1))
def test_labels_cost_at_most_two_points_beside_out_of_scope_texts(
    inside: list[float], outside: list[float], seed: int
) -> None:
    left, right = np.array(inside * 5), np.array(outside)
    ids = np.random.default_rng(seed).integers(0, 3, len(left))
    best = choose_threshold(left, left > 0.5, right)
    found = choose_threshold(left, left > 0.5, right, label_ids=ids)
    assert best.balanced_accuracy is not None
    assert found.balanced_accuracy is not None
    assert found.balanced_accuracy >= best.balanced_accuracy - 0.02 - 1e-12


def test_no_threshold_answers_every_text() -> None:
    scores, right = np.array([0.0, 0.4]), np.array([True, False])
    point = operating_point(None, scores, right, np.array([0.0]))
    assert (point.threshold, point.coverage, point.accuracy) == (None, 1.0, 0.5)
    assert point.out_of_scope_refused == 0.0


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
