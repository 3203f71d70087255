"""The statistics on known samples, beside scipy's."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from neurolite_bench.statistics import (
    compare_medians,
    growth_exponent,
    holm,
    round_medians_ms,
    summarise,
)
from neurolite_bench.student import student_quantile, student_tail
from neurolite_core.ground.errors import InputError

MS = 1_000_000


def test_figures_of_a_few_samples_by_hand() -> None:
    found = summarise([[[1 * MS, 2 * MS], [3 * MS]], [[], [10 * MS]], []])
    assert found.runs == 4
    assert (found.p50_ms, found.min_ms, found.max_ms, found.mean_ms) == (2.5, 1.0, 10.0, 4.0)
    # Between ranks 2 and 3 (from 0) of 1, 2, 3, 10: at 0.9 * 3 = 2.7, and 0.99 * 3 = 2.97.
    assert (found.p90_ms, found.p99_ms) == pytest.approx((7.9, 9.79))
    assert found.stdev_ms == pytest.approx(math.sqrt((9 + 4 + 1 + 36) / 3))
    assert found.repeat_medians_ms == (2.0, 10.0)
    assert found.spread == pytest.approx((10 - 2) / 2 / 6)
    assert round_medians_ms([[[1 * MS, 2 * MS], []], [[3 * MS]]]) == [1.5, 3.0]


def test_one_sample_and_none() -> None:
    found = summarise([[[5 * MS]]])
    assert (found.p99_ms, found.stdev_ms, found.spread) == (5.0, 0.0, 0.0)
    assert found.interval_ms == (5.0, 5.0)
    assert summarise([[[1 * MS, 9 * MS]]]).interval_ms == (1.0, 9.0)  # one round
    with pytest.raises(InputError, match="no samples"):
        summarise([[], [[]]])


def test_the_interval_is_that_of_whole_rounds_as_scipy_draws_them() -> None:
    rng = np.random.default_rng(1)
    level = rng.normal(2.0, 0.2, (24, 1))
    rounds = ((level + rng.normal(0, 0.05, (24, 11))) * MS).astype(int)
    found = summarise([rounds[:10].tolist(), rounds[10:].tolist()])
    assert found == summarise([rounds[:10].tolist(), rounds[10:].tolist()])

    beside = stats.bootstrap(
        (np.arange(24),), lambda drawn: np.median(rounds[drawn]) / MS, vectorized=False,
        method="percentile", n_resamples=3_000, rng=np.random.default_rng(2),
    ).confidence_interval  # fmt: skip
    width = beside.high - beside.low
    assert found.interval_ms == pytest.approx((beside.low, beside.high), abs=0.15 * width)
    # Sample by sample it would claim far too much.
    alone = stats.bootstrap((rounds.ravel() / MS,), np.median, method="percentile", n_resamples=500)
    assert width > 2 * (alone.confidence_interval.high - alone.confidence_interval.low)


def test_the_interval_covers_the_median_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(3)
    hits = 0
    for _ in range(200):
        rounds = rng.normal(10.0, 1.0, (4, 10, 1)) + rng.normal(0, 0.3, (4, 10, 5))
        low, high = summarise((rounds * MS).astype(int).tolist()).interval_ms
        hits += low <= 10.0 <= high
    assert 0.90 <= hits / 200 <= 0.99


@pytest.mark.parametrize("exponent", [0.0, 0.5, 1.0, 2.0])
def test_exact_power_laws(exponent: float) -> None:
    words = [16, 64, 256, 1024]
    found = growth_exponent(words, [[3.0 * n**exponent] * 4 for n in words])
    assert found.exponent == pytest.approx(exponent, abs=1e-12)
    assert found.interval == pytest.approx((exponent, exponent), abs=1e-12)


def test_growth_beside_scipy_and_when_a_round_is_slow_as_a_whole() -> None:
    words = [16, 32, 128, 1024]
    rng = np.random.default_rng(4)
    times = np.array([0.01 * n**0.9 for n in words])[:, None] * rng.lognormal(0, 0.05, (4, 9))
    found = growth_exponent(words, times.tolist())
    beside = stats.linregress(np.log(words), np.log(np.median(times, axis=1)))
    assert found.exponent == pytest.approx(beside.slope)
    assert found.interval[0] < 0.9 < found.interval[1]
    # A slow round is slow at every length, and moves no exponent.
    mood = rng.lognormal(0, 0.5, 9)
    shared = growth_exponent(words, [[n**1.0 * m for m in mood] for n in words])
    assert shared.interval == pytest.approx((1.0, 1.0))


@pytest.mark.parametrize(
    ("words", "rounds"), [([16], [[1.0]]), ([16, 16], [[1.0], [1.0]]), ([1, 2], [[1.0], []])]
)
def test_growth_that_is_not_defined(words: list[int], rounds: list[list[float]]) -> None:
    with pytest.raises(InputError, match=r"lengths|at least one"):
        growth_exponent(words, rounds)


def test_students_distribution_beside_scipy() -> None:
    for freedom in (1.0, 2.3, 4.0, 8.0, 57.1, 1e5):
        for t in (0.0, 0.1, 1.0, 3.0, 30.0):
            assert student_tail(t, freedom) == pytest.approx(stats.t.sf(t, freedom), rel=1e-9)
        for p in (0.5, 0.9, 0.975, 0.9999):
            assert student_quantile(p, freedom) == pytest.approx(
                stats.t.ppf(p, freedom), rel=1e-7, abs=1e-9
            )


def test_two_sides_beside_scipys_tests() -> None:
    rng = np.random.default_rng(5)
    a, b = rng.lognormal(0.0, 0.03, 5), rng.lognormal(0.06, 0.05, 7)
    found = compare_medians(a.tolist(), b.tolist())
    welch = stats.ttest_ind(np.log(b), np.log(a), equal_var=False)
    assert found.ratio == pytest.approx(stats.gmean(b) / stats.gmean(a))
    assert found.p_value == pytest.approx(welch.pvalue)
    interval = welch.confidence_interval(0.95)
    assert found.interval == pytest.approx((math.exp(interval.low), math.exp(interval.high)))
    # No normal distribution is assumed by this one; it cannot go below 2 / 792.
    exact = stats.permutation_test(
        (np.log(b), np.log(a)),
        lambda x, y: x.mean() - y.mean(),
        vectorized=False,
        permutation_type="independent",
    )
    assert found.p_value == pytest.approx(exact.pvalue, abs=0.03)


def test_false_alarms_where_processes_differ_by_themselves() -> None:
    rng = np.random.default_rng(6)
    alarms, careless = 0, 0
    for _ in range(200):
        processes = rng.normal(0, 0.02, (2, 5, 1)) + rng.normal(0, 0.005, (2, 5, 10))
        a, b = np.exp(processes)
        p = compare_medians(np.median(a, axis=1).tolist(), np.median(b, axis=1).tolist()).p_value
        assert p is not None
        alarms += p < 0.05
        careless += stats.mannwhitneyu(a.ravel(), b.ravel()).pvalue < 0.05
    assert alarms / 200 <= 0.08
    assert careless / 200 > 0.4  # what taking rounds for independent would do


def test_sides_that_nothing_can_be_concluded_from() -> None:
    single = compare_medians([1.0], [2.0, 2.1])
    assert single.ratio == pytest.approx(math.sqrt(2.0 * 2.1))
    assert (single.interval, single.p_value) == (None, None)
    same = compare_medians([1.0, 1.0], [1.0, 1.0])
    assert (same.ratio, same.interval, same.p_value) == (1.0, (1.0, 1.0), 1.0)
    assert compare_medians([1.0, 1.0], [2.0, 2.0]).p_value == 0.0
    huge = compare_medians([1e-300, 1e300], [1e-300, 2e300])
    assert huge.interval is not None
    assert math.isfinite(huge.interval[1])
    for bad in ([], [0.0, 1.0]):
        with pytest.raises(InputError, match="positive"):
            compare_medians(bad, [1.0])


def test_holms_correction_by_hand() -> None:
    # Sorted 0.01, 0.02, 0.03, 0.5: times 4, 3, 2, 1, and never falling.
    assert holm([0.03, 0.01, 0.5, 0.02]) == pytest.approx([0.06, 0.04, 0.5, 0.06])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []
