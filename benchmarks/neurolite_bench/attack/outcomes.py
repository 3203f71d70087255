"""What came of an attempt, and how many of each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

_MOST_PROBLEMS: Final = 20  # that are told of a kind; all are counted


class Outcome(Enum):
    """In the order of the table; the first four are faults, unless a kind allows them."""

    CRASHED = "crashed"
    HUNG = "hung"
    TRACEBACK = "traceback"
    DIFFERENT = "different"
    REFUSED = "refused"
    SAME = "same"


FAULTS: Final = (Outcome.CRASHED, Outcome.HUNG, Outcome.TRACEBACK, Outcome.DIFFERENT)


@dataclass(frozen=True, slots=True)
class Found:
    """Of one attempt.

    Attributes:
        case: what was done, with what makes it again.
        outcome: what came of it.
        said: the message or the last words.
    """

    case: str
    outcome: Outcome
    said: str = ""


@dataclass(slots=True)
class Tally:
    """Of a kind.

    Attributes:
        kind: its name.
        what: what was done, in words.
        allowed: faults that the documents say can happen.
        counts: by outcome.
        problems: the first attempts that came to a fault.
        left_out: why nothing was tried, or empty.
        seconds: that it took.
    """

    kind: str
    what: str
    allowed: frozenset[Outcome] = frozenset()
    counts: Counter[Outcome] = field(default_factory=Counter)
    problems: list[Found] = field(default_factory=list)
    left_out: str = ""
    seconds: float = 0.0

    def add(self, found: Found) -> None:
        """Counts an attempt."""
        self.counts[found.outcome] += 1
        if found.outcome in FAULTS and len(self.problems) < _MOST_PROBLEMS:
            self.problems.append(found)

    @property
    def faults(self) -> int:
        """How many came to what must not happen."""
        return sum(self.counts[outcome] for outcome in FAULTS if outcome not in self.allowed)

    def to_json(self) -> dict[str, Any]:
        """An entry of the result."""
        return {
            "kind": self.kind,
            "what": self.what,
            "tried": sum(self.counts.values()),
            **{outcome.value: self.counts[outcome] for outcome in Outcome},
            "allowed": sorted(outcome.value for outcome in self.allowed),
            "problems": [
                {"case": found.case, "outcome": found.outcome.value, "said": found.said}
                for found in self.problems
            ],
            "left_out": self.left_out,
            "seconds": round(self.seconds, 1),
        }
