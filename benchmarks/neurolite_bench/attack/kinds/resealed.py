"""The same damage with a seal that holds: what a stranger can make, who knows how a seal is made.

Such a file is another model, so another answer is no fault; all else is, but in runtimes that follow what is inside a
file without many checks (docs/files-from-outside.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from neurolite_bench.attack.children import Child
from neurolite_bench.attack.kind import Job, Kind
from neurolite_bench.attack.material import Material
from neurolite_bench.attack.outcomes import Found, Outcome
from neurolite_bench.attack.places import changed_and_resealed, file_place, folder_place
from neurolite_core.artifact.checkpoint import WEIGHTS

OTHER: Final = frozenset({Outcome.DIFFERENT})
# What LiteRT and ExecuTorch can do to their process.
ENDS: Final = OTHER | {Outcome.CRASHED, Outcome.HUNG}


def _resealed(
    what: str,
    reader: str,
    name: str,
    path_of: Callable[[Material], Path],
    allowed: frozenset[Outcome],
) -> Kind:
    def run(job: Job) -> Iterator[Found]:
        path = path_of(job.material)
        place = folder_place(path) if path.is_dir() else file_place(path)
        opened = place.write(job.scratch)
        with Child(reader, opened) as child:
            for number in job.numbers():
                found = changed_and_resealed(place, job.rng(number), name)
                if found is not None:
                    place.write(job.scratch, found[0])
                    yield child.open(opened, f"{number}: {found[1]}")

    return Kind(f"the same in {what}, with a seal made anew", run, allowed)


def artifact(target: str, what: str, allowed: frozenset[Outcome] = OTHER) -> Kind:
    """An exported file or package."""
    kind = _resealed(what, "artifact", target, lambda m: m.artifact(target), allowed)
    return replace(kind, targets=(target,))


def _weights_alone(material: Material) -> Path:
    folder = material.folder / "weights"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / WEIGHTS).write_bytes((material.checkpoint / WEIGHTS).read_bytes())
    return folder


CHECKPOINT: Final = _resealed("a checkpoint", "checkpoint", "safetensors", _weights_alone, OTHER)
