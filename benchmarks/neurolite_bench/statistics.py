"""What samples say, and how surely.

Three levels are told apart. Samples of a round follow each other within milliseconds and share the
machine's mood; rounds are apart by seconds; repeats are fresh processes, with memory laid out anew.
Each figure resamples the level at which what it speaks of varies. All draws are seeded: equal
samples give equal figures. numpy alone is needed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_bench.report.model import Summary
from neurolite_bench.student import student_quantile, student_tail
from neurolite_core.ground.errors import InputError

DRAWS: Final = 1_000
LEVEL: Final = 0.95
_SEED: Final = 20_250_101
_TAILS: Final = (100 * (1 - LEVEL) / 2, 100 * (1 + LEVEL) / 2)
_BLOCK: Final = 2_000_000  # numbers held at once, so that long runs fit small devices
_NS_PER_MS: Final = 1e6
_LARGEST_EXPONENT: Final = 709.0

Samples = Sequence[Sequence[Sequence[int]]]


@dataclass(frozen=True, slots=True)
class Growth:
    """How time grows with length: time ~ words ** exponent.

    Attributes:
        exponent: slope of log time over log words.
        interval: 95 % bootstrap interval, over rounds.
    """

    exponent: float
    interval: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Difference:
    """One side's time over the other's.

    Attributes:
        ratio: above 1 where the second is slower.
        interval: 95 % of the ratio; None where a side has a single process.
        p_value: of no difference, two-sided; None where a side has a single process.
    """

    ratio: float
    interval: tuple[float, float] | None
    p_value: float | None


def summarise(samples_ns: Samples) -> Summary:
    """Percentiles, spread and interval of a case.

    Percentiles are interpolated linearly. The interval of the median is a percentile bootstrap that
    draws whole rounds with replacement, from all repeats together: samples within a round are
    correlated, and drawn one by one they would make it far too narrow. With a single round nothing
    is known of how rounds differ, and it is the range of the samples.

    Args:
        samples_ns: nanoseconds of each call, by repeat, by round; empty repeats and rounds are left out.

    Raises:
        InputError: there is no sample.
    """
    repeats = [[list(round_) for round_ in repeat if round_] for repeat in samples_ns]
    repeats = [repeat for repeat in repeats if repeat]
    if not repeats:
        raise InputError("There are no samples to summarise; time at least one run.")
    rounds = [np.asarray(round_) / _NS_PER_MS for repeat in repeats for round_ in repeat]
    pooled = np.concatenate(rounds)
    p50, p90, p99 = np.percentile(pooled, (50, 90, 99))
    medians = tuple(float(np.median(np.concatenate(repeat))) / _NS_PER_MS for repeat in repeats)
    return Summary(
        runs=pooled.size,
        p50_ms=float(p50),
        p90_ms=float(p90),
        p99_ms=float(p99),
        mean_ms=float(pooled.mean()),
        stdev_ms=float(pooled.std(ddof=1)) if pooled.size > 1 else 0.0,
        min_ms=float(pooled.min()),
        max_ms=float(pooled.max()),
        interval_ms=_median_interval(rounds, pooled),
        repeat_medians_ms=medians,
        spread=(max(medians) - min(medians)) / 2 / float(np.median(medians)),
    )


def round_medians_ms(samples_ns: Samples) -> list[float]:
    """Median of each round of all repeats in their order, empty ones left out."""
    return [
        float(np.median(round_)) / _NS_PER_MS
        for repeat in samples_ns
        for round_ in repeat
        if round_
    ]


def growth_exponent(words: Sequence[int], rounds_ms: Sequence[Sequence[float]]) -> Growth:
    """Least squares of log time on log words, through the median time of each length.

    Lengths are timed in turn, so a slow moment of the machine hits all of a round's lengths: the
    bootstrap draws rounds, and each with all its lengths.

    Args:
        words: L different lengths.
        rounds_ms: for each length, the time in each round, in order; only as many rounds are used as
            every length has.

    Raises:
        InputError: fewer than two lengths, a length without rounds, or a number that is not positive.
    """
    if len(set(words)) < 2 or len(words) != len(rounds_ms):
        raise InputError(
            f"Growth over {len(set(words))} lengths and {len(rounds_ms)} rows of times is not defined; "
            "time at least two different lengths, one row each."
        )
    count = min(map(len, rounds_ms))
    if count == 0 or min(words) < 1 or min(map(min, rounds_ms)) <= 0:
        raise InputError("Every length needs at least one word and one round, in positive times.")
    times = np.array([list(row)[:count] for row in rounds_ms])  # (L, R)
    x = np.log(words)
    x = (x - x.mean()) / np.square(x - x.mean()).sum()
    drawn = _generator().integers(0, count, (DRAWS, count))
    medians = np.median(times[:, drawn], axis=2)  # (L, DRAWS)
    low, high = np.percentile(x @ np.log(medians), _TAILS)
    exponent = float(x @ np.log(np.median(times, axis=1)))
    return Growth(exponent, (float(low), float(high)))


def compare_medians(a_ms: Sequence[float], b_ms: Sequence[float]) -> Difference:
    """How much slower ``b`` is than ``a``, judged by the medians of their fresh processes.

    Welch's t-test on the logarithms of the medians, and its interval. The process is the unit: rounds
    of one process share its memory layout and its stretch of time, and a test that exchanges rounds
    takes two processes that differ for a difference between the builds (with 2 % between processes
    and 0.5 % between rounds, it cries wolf in half of the comparisons of a thing with itself). A permutation
    or Mann-Whitney test of processes is not used because five on each side can be split in only 252
    ways: no p-value is below 0.008, and none is left after correcting for a hundred cases. The price
    is an assumption, that logarithms of medians are about normal.

    What changes from one run of the command to the next (the room, the neighbours) is in no sample;
    that is what a threshold beside the test is for.

    Args:
        a_ms: median of each fresh process of the one, positive.
        b_ms: of the other.

    Raises:
        InputError: a side is empty or not positive.
    """
    if min(len(a_ms), len(b_ms)) == 0 or min(*a_ms, *b_ms) <= 0:
        raise InputError("Both sides need at least one median, and positive ones.")
    a, b = np.log(a_ms), np.log(b_ms)
    shift = float(b.mean() - a.mean())
    if a.size < 2 or b.size < 2:
        return Difference(_exp(shift), None, None)
    parts = a.var(ddof=1) / a.size, b.var(ddof=1) / b.size
    error = math.sqrt(sum(parts))
    if error == 0:
        ratio = _exp(shift)
        return Difference(ratio, (ratio, ratio), 1.0 if shift == 0 else 0.0)
    # Relative to the sum, as the squares of small variances vanish.
    shares = parts[0] / sum(parts), parts[1] / sum(parts)
    freedom = float(1 / (shares[0] ** 2 / (a.size - 1) + shares[1] ** 2 / (b.size - 1)))
    reach = student_quantile((1 + LEVEL) / 2, freedom) * error
    return Difference(
        ratio=_exp(shift),
        interval=(_exp(shift - reach), _exp(shift + reach)),
        p_value=2 * student_tail(abs(shift) / error, freedom),
    )


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values corrected for how many there are (Holm 1979), in the same order.

    Below 0.05 anywhere then happens by chance in at most 5 % of whole comparisons.
    """
    corrected = [0.0] * len(p_values)
    highest = 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[place]))
        corrected[place] = highest
    return corrected


def _median_interval(
    rounds: list[NDArray[np.float64]], pooled: NDArray[np.float64]
) -> tuple[float, float]:
    """Percentile bootstrap of the pooled median over rounds."""
    if len(rounds) == 1:
        return float(pooled.min()), float(pooled.max())
    order = np.argsort(pooled, kind="stable")
    ranked = pooled[order]
    round_of = np.repeat(np.arange(len(rounds)), [round_.size for round_ in rounds])[order]
    times_drawn = _generator().multinomial(len(rounds), [1 / len(rounds)] * len(rounds), DRAWS)
    step = max(1, _BLOCK // pooled.size)
    medians = np.concatenate(
        [
            _weighted_medians(ranked, times_drawn[start : start + step, round_of])
            for start in range(0, DRAWS, step)
        ]
    )
    low, high = np.percentile(medians, _TAILS)
    return float(low), float(high)


def _weighted_medians(
    ranked: NDArray[np.float64], weights: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Medians of sorted values (S,) of which each draw (D, S) holds each so many times -> (D,)."""
    upto = np.cumsum(weights, axis=1)
    total = upto[:, -1:]
    lower = np.argmax(upto > (total - 1) // 2, axis=1)
    upper = np.argmax(upto > total // 2, axis=1)
    medians: NDArray[np.float64] = (ranked[lower] + ranked[upper]) / 2
    return medians


def _exp(value: float) -> float:
    """The exponential, no larger than a float can be."""
    return math.exp(min(value, _LARGEST_EXPONENT))


def _generator() -> np.random.Generator:
    return np.random.default_rng(_SEED)
