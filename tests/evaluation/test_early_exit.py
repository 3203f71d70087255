"""Thresholds of exits: what they cost on the texts they were chosen on, and what a point of the curve is."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from neurolite_core.evaluation.early_exit import (
    Point,
    choose_thresholds,
    curve,
    depths,
    point_of,
    shares,
)


@st.composite
def judged(draw: st.DrawFn) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Confidences with ties, and which layers are right."""
    rows, exits = draw(st.integers(1, 40)), draw(st.integers(1, 4))
    seed = draw(st.integers(0, 2**32 - 1))
    random = np.random.default_rng(seed)
    confidence = np.round(random.random((rows, exits)), draw(st.sampled_from([1, 2, 9])))
    right = random.random((rows, exits + 1)) < draw(st.sampled_from([0.5, 0.9, 1.0]))
    return confidence, right


def one_by_one(confidence: NDArray[np.float64], thresholds: Any) -> list[int]:  # noqa: ANN401
    """The layer of each text, as an engine finds it."""
    found = []
    for row in confidence:
        sure = [
            place
            for place, (own, least) in enumerate(zip(row, thresholds, strict=True))
            if least is not None and own > least
        ]
        found.append(sure[0] + 1 if sure else len(row) + 1)
    return found


@given(judged(), st.sampled_from([0.0, 0.01, 0.05, 0.2, 0.5]))
@settings(max_examples=200, deadline=None)
def test_no_more_is_lost_than_is_allowed(
    case: tuple[NDArray[np.float64], NDArray[np.bool_]], allowed: float
) -> None:
    confidence, right = case
    thresholds = choose_thresholds(confidence, right, allowed)
    depth = depths(confidence, thresholds)
    assert depth.tolist() == one_by_one(confidence, thresholds)
    answered = right[np.arange(len(right)), depth - 1]
    assert int(right[:, -1].sum()) - int(answered.sum()) <= allowed * len(right) + 1e-9
    found = point_of(confidence, right, thresholds, allowed)
    assert found == Point(allowed, float(depth.mean()), float(answered.mean()))
    assert abs(sum(shares(depth, right.shape[1])) - 1) < 1e-9


def test_the_surest_texts_exit_until_too_many_are_lost() -> None:
    confidence = np.array([[0.9], [0.8], [0.7], [0.6], [0.5]])
    right = np.array([[1, 1], [1, 1], [0, 1], [1, 0], [0, 1]], bool)
    (none,) = choose_thresholds(confidence, right, 0.0)
    assert none == 0.75
    # One text of five may be lost, and the one that only the exit has right is taken with it.
    (one,) = choose_thresholds(confidence, right, 0.2)
    assert one is not None
    assert one < 0.5
    found = curve((confidence, right), (confidence, right), (0.0, 0.2))
    assert found == [Point(0.0, 1.6, 0.8), Point(0.2, 1.0, 0.6)]


def test_an_exit_that_has_the_surest_text_wrong_stays_closed() -> None:
    confidence = np.array([[0.9, 0.9], [0.8, 0.95]])
    right = np.array([[0, 1, 1], [1, 1, 1]], bool)
    first, second = choose_thresholds(confidence, right, 0.0)
    assert first is None
    assert second is not None
    assert depths(confidence, (first, second)).tolist() == [2, 2]


def test_texts_that_are_as_sure_go_together() -> None:
    confidence = np.array([[0.9], [0.9], [0.4]])
    right = np.array([[1, 1], [0, 1], [1, 1]], bool)
    assert choose_thresholds(confidence, right, 0.0) == (None,)
