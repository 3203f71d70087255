"""Files that were damaged: refused, or as if nothing had been."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from neurolite_bench.attack.children import Child
from neurolite_bench.attack.kind import Job, Kind
from neurolite_bench.attack.material import Material
from neurolite_bench.attack.outcomes import Found, Outcome
from neurolite_bench.attack.places import (
    Place,
    certificate_place,
    changed,
    file_place,
    folder_place,
)
from neurolite_core.artifact.checkpoint import WEIGHTS

_WHAT: Final = "bits, cuts, insertions and the like in {}"
_OWN: Final = frozenset({Outcome.DIFFERENT})


def _damaged(
    what: str,
    reader: str,
    place_of: Callable[[Material], Place],
    allowed: frozenset[Outcome] = frozenset(),
) -> Kind:
    def run(job: Job) -> Iterator[Found]:
        place = place_of(job.material)
        opened = place.write(job.scratch)
        with Child(reader, opened, unsealed=job.unsealed) as child:
            for number in job.numbers():
                files, change = changed(place, job.rng(number))
                place.write(job.scratch, files)
                yield child.open(opened, f"{number}: {change}")
                place.write(job.scratch, {name: place.files[name] for name in files})

    return Kind(_WHAT.format(what), run, allowed)


def artifact(target: str, what: str) -> Kind:
    """An exported file or package, opened by its runtime."""

    def place_of(material: Material) -> Place:
        path = material.artifact(target)
        return folder_place(path) if path.is_dir() else file_place(path)

    return replace(_damaged(what, "artifact", place_of), targets=(target,))


def _weights_most(material: Material) -> Place:
    """The copies are not read, so most of the damage is done to the file that is."""
    place = folder_place(material.checkpoint)
    weights = tuple(name for name in place.targets if name.endswith(WEIGHTS))
    return replace(place, targets=place.targets + weights * 9)


CHECKPOINT: Final = _damaged(
    "a checkpoint and the copies beside it", "checkpoint", lambda m: _weights_most(m)
)
STATE: Final = _damaged(
    "`state.safetensors` of a training", "state", lambda m: folder_place(m.state)
)
CERTIFICATE: Final = _damaged(
    "a certificate", "certificate", lambda m: certificate_place(m.certificate, m.artifact("onnx"))
)
BENCH_REPORT: Final = _damaged(
    "a report of `neurolite-bench`", "bench report", lambda m: file_place(m.bench_report)
)
REPORT: Final = _damaged("a report of a training", "report", lambda m: file_place(m.report))
# People write these: what is readable and says something else is what they say.
RUN_FILE: Final = _damaged(
    "`run.toml`, which people write", "run file", lambda m: file_place(m.run_file), _OWN
)
MODEL_CONFIG: Final = _damaged(
    "a model's `config.json`, which people write",
    "model config",
    lambda m: file_place(m.model_config),
    _OWN,
)
