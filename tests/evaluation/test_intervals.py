"""Intervals and the paired test against scipy, published values, and the coverage that they promise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import brentq, minimize_scalar
from scipy.special import betainc
from scipy.stats import binom, binomtest, multinomial

from neurolite_core.evaluation.bootstrap import macro_f1_interval
from neurolite_core.evaluation.incomplete_beta import beta_share
from neurolite_core.evaluation.intervals import (
    paired_difference_interval,
    paired_p_value,
    share_interval,
)
from neurolite_core.evaluation.metrics import class_figures, confusion_cells
from neurolite_core.ground.errors import InputError


def test_the_incomplete_beta_function_is_that_of_scipy() -> None:
    rng = np.random.default_rng(0)
    for a, b in 10 ** rng.uniform(-1, 5, (200, 2)):
        near = np.clip(a / (a + b) + rng.normal(0, 2 / math.sqrt(a + b), 3), 0, 1)
        for x in (0.0, 1.0, *near):
            assert beta_share(a, b, float(x)) == pytest.approx(betainc(a, b, x), abs=1e-9)


@pytest.mark.parametrize("total", [1, 2, 6, 30, 100, 4_500, 1_000_000])
def test_shares_have_the_interval_of_clopper_and_pearson(total: int) -> None:
    for count in sorted({0, 1, total // 3, total // 2, total - 1, total}):
        expected = binomtest(count, total).proportion_ci(method="exact")
        assert share_interval(count, total) == pytest.approx(
            (expected.low, expected.high), abs=1e-9
        )


def test_six_texts() -> None:
    # By hand: the bound is where six of six are right in 2.5 % of the cases.
    assert share_interval(6, 6) == pytest.approx((0.025 ** (1 / 6), 1.0))
    assert share_interval(0, 6) == pytest.approx((0.0, 1 - 0.025 ** (1 / 6)))
    # Whatever the truth, at least 95 % of such intervals hold it.
    bounds = [share_interval(count, 6) for count in range(7)]
    for truth in np.linspace(0, 1, 401):
        chances = binom.pmf(np.arange(7), 6, truth)
        held = sum(
            chance
            for chance, (low, high) in zip(chances, bounds, strict=True)
            if low - 1e-9 <= truth <= high + 1e-9
        )
        assert held >= 0.95


@pytest.mark.parametrize(
    ("first", "second"), [(0, 0), (1, 0), (0, 6), (1, 7), (3, 3), (60, 40), (1_000, 1_100)]
)
def test_the_paired_test_is_a_binomial_test(first: int, second: int) -> None:
    pairs = first + second
    expected = binomtest(first, pairs).pvalue if pairs else 1.0
    assert paired_p_value(first, second) == pytest.approx(expected, rel=1e-9)
    assert paired_p_value(second, first) == paired_p_value(first, second)


def test_the_paired_interval_of_a_published_table() -> None:
    # Fagerland, Lydersen and Laake 2014, "Recommended tests and confidence intervals for paired binomial
    # proportions", airway hyper-responsiveness before and after a transplantation (1, 1, 7, 12): Tango's interval.
    low, high = paired_difference_interval(1, 7, 21)
    assert (round(low, 3), round(high, 3)) == (-0.517, -0.026)


def score_by_search(difference: float, first: int, second: int, total: int) -> float:
    """The score statistic, its nuisance parameter found by a search for the greatest likelihood."""

    def loss(chance: float) -> float:  # that only the second is right
        parts = (chance + difference, chance, 1 - 2 * chance - difference)
        counts = (first, second, total - first - second)
        return -sum(n * math.log(max(p, 1e-300)) for n, p in zip(counts, parts, strict=True) if n)

    bounds = (max(0.0, -difference), (1 - difference) / 2)
    chance = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-13}).x
    variance = total * (2 * chance + difference * (1 - difference))
    return float((first - second - total * difference) / math.sqrt(variance))


@pytest.mark.parametrize(
    ("first", "second", "total"), [(1, 7, 21), (3, 2, 6), (60, 40, 4_500), (5, 1, 30), (1, 1, 2)]
)
def test_the_paired_interval_is_where_the_score_reaches_its_quantile(
    first: int, second: int, total: int
) -> None:
    low, high = paired_difference_interval(first, second, total)
    middle = (first - second) / total
    expected = [
        brentq(
            lambda d, side=side: (
                score_by_search(d, first, second, total) - side * 1.959963984540054
            ),
            *ends,
            xtol=1e-10,
        )
        for side, ends in ((1, (-1 + 1e-9, middle)), (-1, (middle, 1 - 1e-9)))
    ]
    assert [low, high] == pytest.approx(expected, abs=1e-5)


def test_the_paired_interval_at_its_ends() -> None:
    # None differs: z^2 / (n + z^2) on both sides, and not zero.
    squared = 1.959963984540054**2
    reach = squared / (6 + squared)
    assert paired_difference_interval(0, 0, 6) == pytest.approx((-reach, reach))
    low, high = paired_difference_interval(6, 0, 6)
    assert (round(low, 4), high) == (0.2193, 1.0)
    assert paired_difference_interval(0, 6, 6) == pytest.approx((-1.0, -low))


def test_how_often_the_paired_interval_holds_for_twenty_texts() -> None:
    total = 20
    tables = [(a, b) for a in range(total + 1) for b in range(total + 1 - a)]
    bounds = np.array([paired_difference_interval(a, b, total) for a, b in tables])
    counts = np.array([(a, b, total - a - b) for a, b in tables])
    held = []
    for first in (0.05, 0.1, 0.2, 0.4):
        for second in (0.05, 0.1, 0.3):
            chances = multinomial.pmf(counts, total, [first, second, 1 - first - second])
            inside = (bounds[:, 0] <= first - second) & (first - second <= bounds[:, 1])
            held.append(float(chances[inside].sum()))
    assert min(held) > 0.93
    assert np.mean(held) > 0.95


def test_the_interval_of_macro_f1_holds_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(5)
    labels, texts = 5, 300
    population = np.full((labels, labels), 0.15 / (labels - 1))
    np.fill_diagonal(population, 0.85)
    held = 0
    for draw in range(100):
        truth = rng.integers(0, labels, texts)
        answers = (rng.random((texts, 1)) > population[truth].cumsum(axis=1)).sum(axis=1)
        figures = class_figures(truth, answers, [str(number) for number in range(labels)])
        cells = confusion_cells(truth, answers, labels)
        interval = macro_f1_interval(cells, figures, seed=draw)
        assert interval is not None
        assert macro_f1_interval(cells, figures, seed=draw) == interval
        held += interval[0] <= 0.85 <= interval[1]  # every label has an F1 of 0.85
    assert 88 <= held <= 100


@pytest.mark.parametrize(
    ("texts", "wrong"),
    [(9, 9), (30, 4), (6, 0)],  # too few texts a label; too few mistakes; six texts, all right
)
def test_no_interval_of_macro_f1_for_too_few(texts: int, wrong: int) -> None:
    truth = np.repeat([0, 1], texts)
    answers = truth.copy()
    answers[:wrong] = 1
    cells = confusion_cells(truth, answers, 2)
    assert macro_f1_interval(cells, class_figures(truth, answers, "ab")) is None


def test_counts_that_cannot_be() -> None:
    for count, total in ((5, 4), (-1, 4), (0, 0)):
        with pytest.raises(InputError, match=f"{count} of {total} texts cannot be"):
            share_interval(count, total)
    for first, second, total in ((3, 3, 5), (-1, 0, 5), (0, 0, 0)):
        with pytest.raises(InputError, match="cannot be"):
            paired_difference_interval(first, second, total)
