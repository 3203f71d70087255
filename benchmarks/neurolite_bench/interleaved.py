"""Times several calls side by side: machines are noisy, so only what ran in turn is compared."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """Medians of the rounds of one call, in milliseconds."""

    rounds_ms: tuple[float, ...]

    @property
    def median_ms(self) -> float:
        """Median over rounds."""
        return statistics.median(self.rounds_ms)


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times longer one call took than another, round by round."""

    median: float
    lowest: float
    highest: float


def time_in_turn(
    calls: Mapping[str, Callable[[], object]],
    *,
    rounds: int,
    runs: Mapping[str, int],
    warm_up: int = 3,
    clock: Callable[[], int] = time.perf_counter_ns,
) -> dict[str, Timing]:
    """Runs every call ``runs[name]`` times in each round, rounds in alternating order.

    Args:
        calls: what to time, by name.
        rounds: how often all are run in turn, at least 1.
        runs: calls in one round.
        warm_up: untimed calls of each at the start.
        clock: nanoseconds; ``time.process_time_ns`` where the machine is busy and calls have one thread.

    Returns:
        The median of each round, by name.
    """
    for call in calls.values():
        for _ in range(warm_up):
            call()
    medians: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(rounds):
        names = list(calls) if number % 2 == 0 else list(reversed(list(calls)))
        for name in names:
            medians[name].append(_median_ms(calls[name], runs[name], clock))
    return {name: Timing(tuple(values)) for name, values in medians.items()}


def ratio(slower: Timing, faster: Timing) -> Ratio:
    """Round by round quotient of two calls that were timed in turn."""
    quotients = [a / b for a, b in zip(slower.rounds_ms, faster.rounds_ms, strict=True)]
    return Ratio(statistics.median(quotients), min(quotients), max(quotients))


def _median_ms(call: Callable[[], object], runs: int, clock: Callable[[], int]) -> float:
    samples: list[float] = []
    for _ in range(runs):
        start = clock()
        call()
        samples.append((clock() - start) / 1e6)
    return statistics.median(samples)


def spread(values: Sequence[float]) -> float:
    """Half the range of the values over their median: 0.05 reads as plus or minus 5 %."""
    return (max(values) - min(values)) / 2 / statistics.median(values)
