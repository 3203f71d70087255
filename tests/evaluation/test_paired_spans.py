"""Two models' span F1 on the same texts: the figure by hand, and how often its interval holds the truth."""

from __future__ import annotations

import numpy as np
import pytest

from neurolite_core.answer.spans import WordSpan
from neurolite_core.evaluation.spans.metrics import SpanCounts, count_spans
from neurolite_core.evaluation.spans.paired import (
    f1_difference,
    f1_difference_error,
    f1_difference_interval,
)
from neurolite_core.ground.errors import InputError

A, B, C = WordSpan(0, 1, 0), WordSpan(1, 3, 1), WordSpan(1, 2, 1)


def test_the_difference_by_hand() -> None:
    truths = [[A, B], [A], []]
    first = count_spans(truths, [[A, B], [A], []], 2)  # 3 of 3
    second = count_spans(truths, [[A, C], [], [B]], 2)  # 1 right, 3 found, 3 true
    assert f1_difference(first, second) == pytest.approx(1 - 2 * 1 / 6)
    assert f1_difference(second, first) == pytest.approx(2 * 1 / 6 - 1)
    low, high = f1_difference_interval(first, second)
    assert low < f1_difference(first, second) < high
    back = f1_difference_interval(second, first)
    assert (-back[1], -back[0]) == pytest.approx((low, high), abs=0.05)
    assert f1_difference_interval(first, second) == (low, high)


def test_equal_ones_are_proven_so_by_many_texts_alone() -> None:
    def bound(texts: int) -> float:
        counts = count_spans([[A, B]] * texts, [[A, B]] * texts, 2)
        assert f1_difference(counts, counts) == f1_difference_error(counts, counts) == 0
        return f1_difference_interval(counts, counts)[1]

    assert bound(1) > 0.5
    assert bound(100) > 0.02
    assert 0.003 < bound(700) < 0.005
    # Texts without a span prove nothing of spans.
    none = count_spans([[]] * 700, [[]] * 700, 2)
    assert f1_difference_interval(none, none)[1] > 0.9


def test_not_the_same_texts() -> None:
    one, two = count_spans([[A]], [[A]], 2), count_spans([[A, B]], [[A]], 2)
    with pytest.raises(InputError, match="the same texts"):
        f1_difference_interval(one, two)
    nothing = count_spans([], [], 2)
    with pytest.raises(InputError, match="at least one"):
        f1_difference(nothing, nothing)


@pytest.mark.parametrize(("texts", "worse", "better"), [(60, 0.08, 0.02), (400, 0.01, 0.005)])
def test_most_intervals_hold_the_truth(texts: int, worse: float, better: float) -> None:
    random = np.random.default_rng(texts)

    def drawn(size: int) -> tuple[SpanCounts, SpanCounts]:
        """Two spans a text, of which one is lost, by one of the two or the other; some are missed by both."""
        both, dice = random.random(size) < 0.9, random.random(size)
        first = both.astype(np.int64) + 1 - ((dice > worse) & (dice < worse + better))
        second = both.astype(np.int64) + 1 - (dice < worse)
        one, two = (
            SpanCounts(np.stack([np.full(size, 2), right, right]), np.zeros((3, 0), np.int64))
            for right in (first, second)
        )
        return one, two

    truth = f1_difference(*drawn(2_000_000))
    spread = np.std([f1_difference(*drawn(texts)) for _ in range(2_000)])
    errors = [f1_difference_error(*drawn(texts)) for _ in range(200)]
    assert np.mean(errors) == pytest.approx(spread, rel=0.15)
    held = 0
    for seed in range(200):
        low, high = f1_difference_interval(*drawn(texts), seed=seed)
        held += low <= truth <= high
    assert held >= 186
