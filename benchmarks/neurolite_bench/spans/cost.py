"""What finding spans costs: a joint model timed beside the same classifier without, by one seed's random weights."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

import torch

from neurolite_bench.file_times import timed_files
from neurolite_bench.interleaved import ratio
from neurolite_core.artifact.package import single_file
from neurolite_core.network.config import PRESETS
from neurolite_core.network.model import NeuroLiteForClassification
from neurolite_core.network.spans_options import SpansOptions
from neurolite_export.exporting import metadata_of
from neurolite_export.probes import built_in_probes
from neurolite_export.source import Source
from neurolite_export.target import ExportJob
from neurolite_export.targets import TARGETS
from neurolite_runtimes.native_library import load_library

JOINT: Final = "joint"
ALONE: Final = "classifier"
SIZES: Final = ("tiny", "english")
_TYPES: Final = 39  # as many as the public set has, and its labels
_LABELS: Final = 7


def int8_file(size: str, *, spans: bool) -> bytes:
    """The int8 ONNX file of a preset, with a head over words or without."""
    options = SpansOptions(types=tuple(f"type{number}" for number in range(_TYPES)))
    config = PRESETS[size]().replace(spans=options if spans else None)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = NeuroLiteForClassification(config, _LABELS).eval()
    target, source = TARGETS["onnx"].load(), Source(network, size, "random")
    job = ExportJob(network, metadata_of(source, target, "int8"), built_in_probes())
    return single_file(target.build(job))


def measure_cost(rounds: int) -> dict[str, Any]:
    """Milliseconds and ratios of each preset, at 12 and 256 words, by the native op and by function bodies.

    Raises:
        InputError: the native library was not built.
    """
    library = load_library()
    found: dict[str, Any] = {}
    for size in SIZES:
        files = {name: int8_file(size, spans=name == JOINT) for name in (JOINT, ALONE)}
        found[size] = {"bytes": {name: len(content) for name, content in files.items()}}
        for what, timed in timed_files(files, rounds, library):
            found[size][what] = {
                "ms": {name: timing.median_ms for name, timing in timed.items()},
                "ratio": asdict(ratio(timed[JOINT], timed[ALONE])),
            }
    return found
