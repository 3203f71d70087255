"""A kind of attack, and what it is given."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from neurolite_bench.attack.material import Material
from neurolite_bench.attack.outcomes import Found, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a kind is to do.

    Attributes:
        kind: its name.
        material: files to attack.
        scratch: an empty folder of its own.
        seed: equal seeds make equal attempts.
        count: attempts at most.
        deadline: of ``time.monotonic``, after which no attempt begins.
        unsealed: open what is damaged as well, to see that the counters count.
        texts: of each thread, where threads are tried.
    """

    kind: str
    material: Material
    scratch: Path
    seed: int
    count: int
    deadline: float
    unsealed: bool
    texts: int

    def numbers(self, most: int | None = None) -> Iterator[int]:
        """0, 1, ... as long as there is something left to do; the first one in any case."""
        for number in range(self.count if most is None else min(self.count, most)):
            if number and time.monotonic() > self.deadline:
                return
            yield number

    def rng(self, number: int) -> random.Random:
        """For one attempt, whatever was tried before it."""
        return random.Random(f"{self.seed} {self.kind} {number}")  # noqa: S311  # not a secret


@dataclass(frozen=True, slots=True)
class Kind:
    """A row of the table.

    Attributes:
        what: what is done, for the table of the result.
        run: makes the attempts.
        allowed: faults that can happen, as the documents say; they are counted and do not fail.
        targets: whose files are attacked; they are exported before any time is counted.
    """

    what: str
    run: Callable[[Job], Iterator[Found]]
    allowed: frozenset[Outcome] = frozenset()
    targets: tuple[str, ...] = ()
