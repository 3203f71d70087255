"""How long a configuration's int8 ONNX file takes for 12 words, before it is trained: its graph with any weights.

Nothing of an int8 graph's time depends on what its weights say.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from neurolite_bench.interleaved import time_in_turn
from neurolite_bench.searching.places import name_of
from neurolite_core.artifact.package import write_content
from neurolite_core.ground.extras import require
from neurolite_core.ground.locks import locked
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.text.words import pack_texts

WORDS: Final = 12
TARGET: Final = "onnx"
PRECISION: Final = "int8"
_TEXT: Final = " ".join(f"word{number:02d}" for number in range(WORDS)).encode()
_CALIBRATION: Final = 8  # texts; ranges of random weights mean nothing
_ROUNDS: Final = 9
_RUNS: Final = 60
_PATIENCE: Final = 3_600.0  # seconds; each holds it for less than one


def require_exports() -> None:
    """What an export and its run need.

    Raises:
        MissingDependencyError: one of them is not installed.
    """
    for module in ("torch", "onnx", "onnxscript", "onnxruntime"):
        require(module, extra="export")


def time_of(config: NeuroLiteConfig, labels: Sequence[str], folder: Path) -> float:
    """Milliseconds on one thread: the least of nine rounds' medians, which others on the machine disturb least.

    Args:
        config: of the model.
        labels: of it.
        folder: in which one process measures at a time.
    """
    import torch

    from neurolite_core.network.model import NeuroLiteForClassification
    from neurolite_export.exporting import metadata_of
    from neurolite_export.probes import Probes, built_in_probes
    from neurolite_export.source import Source
    from neurolite_export.target import ExportJob
    from neurolite_export.targets import TARGETS

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = NeuroLiteForClassification(config, labels=labels).eval()
    source = Source(network, name_of(config), "random, seed 0: not trained")
    target = TARGETS[TARGET].load()
    texts = Probes("calibration", built_in_probes().texts[:_CALIBRATION])
    content = target.build(ExportJob(network, metadata_of(source, target, PRECISION), texts))
    with tempfile.TemporaryDirectory(dir=folder) as place:
        path = Path(place) / f"{source.name}{target.suffix}"
        write_content(path, content)
        with locked(folder, "neurolite-search-time", "measures in", patience=_PATIENCE):
            return times_of({source.name: path})[source.name]


def times_of(files: Mapping[str, Path]) -> dict[str, float]:
    """The same of files that are there, in turn, by name."""
    from neurolite_runtimes.opening import open_artifact

    packed = pack_texts([_TEXT])
    sessions = {name: open_artifact(path, threads=1) for name, path in files.items()}
    calls = {name: lambda held=held: held.run_bytes(packed) for name, held in sessions.items()}
    found = time_in_turn(calls, rounds=_ROUNDS, runs=dict.fromkeys(calls, _RUNS))
    return {name: min(timing.rounds_ms) for name, timing in found.items()}
