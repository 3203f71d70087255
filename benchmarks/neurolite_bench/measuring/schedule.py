"""How often each case is called: enough to be sure of, and not longer than anyone would wait."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Limits:
    """Of the calls of one case, over all fresh processes.

    Attributes:
        runs: at least so many ...
        seconds: ... and for so long ...
        most_seconds: ... but no longer than this, whatever comes of it.
    """

    runs: int
    seconds: float
    most_seconds: float


@dataclass(frozen=True, slots=True)
class Schedule:
    """How a run is spread.

    Attributes:
        repeats: fresh processes of each subject.
        rounds: how often, in a repeat, all subjects run in turn.
        limits: by group of cases.
    """

    repeats: int
    rounds: int
    limits: Mapping[str, Limits]

    def calls(self, group: str, call_ns: int) -> list[int]:
        """Calls in each round of a repeat for a case whose call takes so long; zeros come last."""
        limits = self.limits[group]
        seconds = max(call_ns, 1) / 1e9
        wanted = max(limits.runs, math.ceil(limits.seconds / seconds))
        allowed = max(self.repeats, int(limits.most_seconds / seconds))
        total = math.ceil(min(wanted, allowed) / self.repeats)
        rounds = min(self.rounds, total)
        whole, more = divmod(total, rounds)
        return [whole + (number < more) for number in range(rounds)] + [0] * (self.rounds - rounds)


def schedule_of(runs: int, repeats: int, rounds: int, seconds: float) -> Schedule:
    """The classes of length get all that was asked for, what only shows a trend a quarter."""
    most = 20 * seconds
    return Schedule(
        repeats,
        rounds,
        MappingProxyType(
            {
                "length": Limits(runs, seconds, most),
                "sweep": Limits(math.ceil(runs / 4), seconds / 4, most / 4),
                "batch": Limits(math.ceil(runs / 4), seconds / 4, most / 4),
            }
        ),
    )
