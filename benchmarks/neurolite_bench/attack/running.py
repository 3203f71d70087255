"""Makes the attempts of some kinds, and counts."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from neurolite_bench.attack.kind import Job
from neurolite_bench.attack.material import Material
from neurolite_bench.attack.outcomes import Tally
from neurolite_bench.attack.table import KINDS
from neurolite_core.ground.errors import MissingDependencyError


def attack(
    names: Sequence[str],
    material: Material,
    *,
    seed: int = 0,
    count: int = 2000,
    seconds: float | None = None,
    unsealed: bool = False,
    texts: int = 10_000,
    tell: Callable[[str, int], None] = lambda *_: None,
) -> Iterator[Tally]:
    """Tries kinds one after the other.

    Args:
        names: rows of ``KINDS``.
        material: files to attack.
        seed: equal seeds make equal attempts.
        count: attempts of each kind at most.
        seconds: for all of it; each kind takes an equal share of what is left, and makes one attempt in any case.
        unsealed: open what is damaged as well.
        texts: of each thread, where threads are tried.
        tell: told the kind and how many attempts were made.

    Yields:
        What came of each kind, as it ends.
    """
    for target in dict.fromkeys(target for name in names for target in KINDS[name].targets):
        with contextlib.suppress(MissingDependencyError):
            material.artifact(target)
    end = None if seconds is None else time.monotonic() + seconds
    for place, name in enumerate(names):
        now = time.monotonic()
        deadline = float("inf") if end is None else now + (end - now) / (len(names) - place)
        kind = KINDS[name]
        tally = Tally(name, kind.what, kind.allowed)
        with tempfile.TemporaryDirectory(prefix="neurolite-attack-") as scratch:
            job = Job(
                kind=name,
                material=material,
                scratch=Path(scratch),
                seed=seed,
                count=count,
                deadline=deadline,
                unsealed=unsealed,
                texts=texts,
            )
            try:
                for found in kind.run(job):
                    tally.add(found)
                    tell(name, sum(tally.counts.values()))
            except MissingDependencyError as error:
                tally.left_out = str(error)
        tally.seconds = time.monotonic() - now
        yield tally
