"""What is done with a file that may be damaged: all that a command would do with it, and a digest of what it gave.

Runs in the child process. A reader takes a path and whether to read what is not sealed as well.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from neurolite_core.ground.errors import InputError
from neurolite_core.ground.files import read_limited

_CONFIG_LIMIT: Final = 2**20


def read_artifact(path: Path, unsealed: bool) -> str:
    """Opens it and answers."""
    from neurolite_bench.attack.material import TEXTS
    from neurolite_runtimes import open_artifact, run

    session = open_artifact(path, unsealed=unsealed)
    found = run(session, TEXTS)
    metadata = session.metadata
    parts = [found.values[name].tobytes() for name in sorted(found.values)]
    said = json.dumps([metadata.labels, metadata.threshold, metadata.task]).encode()
    return _digest(*parts, found.words.tobytes(), found.truncated.tobytes(), said)


def read_checkpoint(path: Path, unsealed: bool) -> str:  # noqa: ARG001  # it has no such option
    """Builds its model, as ``neurolite-export`` does."""
    from neurolite_core.artifact import checkpoint

    found = checkpoint.read_checkpoint(path)
    network = checkpoint.build_checkpoint(found)
    # Copies that differ are told, and not read.
    if not isinstance(found.differing, tuple):
        raise TypeError
    said = json.dumps([found.probe_rows(), network.labels, network.threshold, network.task])
    weights = (value.numpy().tobytes() for _, value in sorted(network.state_dict().items()))
    return _digest(*weights, found.config.to_json().encode(), said.encode())


def read_state(path: Path, unsealed: bool) -> str:  # noqa: ARG001  # it has no such option
    """Takes up an interrupted training."""
    from neurolite_bench.attack.material import TRAINING
    from neurolite_core.training.fitting.state import load_state

    found = load_state(path, TRAINING)
    if found is None:
        return "a training from the start"
    progress, tensors = found
    values = (
        value.numpy().tobytes()
        for _, group in sorted(tensors.items())
        for _, value in sorted(group.items())
    )
    return _digest(*values, repr(progress).encode())


def read_certificate(path: Path, unsealed: bool) -> str:
    """Finds the row of the .onnx file beside it, as ``neurolite-bench`` does, and all rows, as the exporter does."""
    from neurolite_bench.measuring.plan import find_certificate
    from neurolite_core.artifact.package import digest_of
    from neurolite_export.certificate_file import read_certificate as read_rows

    (file,) = path.parent.glob("*.onnx")
    row, why = find_certificate(file, digest_of(file.read_bytes()), unsealed=unsealed)
    rows = read_rows(path)
    if row is None and not rows:
        raise InputError(why)
    return _digest(json.dumps(row, sort_keys=True).encode(), json.dumps(rows).encode())


def read_bench_report(path: Path, unsealed: bool) -> str:
    """As ``neurolite-bench compare`` does."""
    from neurolite_bench.report.files import read_report

    return _digest(repr(read_report(path, unsealed=unsealed)).encode())


def read_report(path: Path, unsealed: bool) -> str:
    """The report of a training."""
    from neurolite_core.evaluation.report_files import read_values

    return _digest(json.dumps(read_values(path, unsealed=unsealed)).encode())


def read_run_file(path: Path, unsealed: bool) -> str:  # noqa: ARG001  # people write it
    """As ``neurolite-train --config`` does."""
    from neurolite_core.ground.options import options_of
    from neurolite_core.ground.run_file import read_run_file
    from neurolite_core.training.cli import main

    return _digest(repr(read_run_file(path, options_of(main.__wrapped__))).encode())  # type: ignore[attr-defined]


def read_model_config(path: Path, unsealed: bool) -> str:  # noqa: ARG001  # people write it
    """As ``neurolite-train --model-config`` does, without building the model."""
    from neurolite_core.network.config import NeuroLiteConfig

    text = read_limited(path, _CONFIG_LIMIT).decode("utf-8", "replace")
    return _digest(NeuroLiteConfig.from_json(text).to_json().encode())


def read_store(path: Path, unsealed: bool) -> str:  # noqa: ARG001  # it has no such option
    """As the learner does: answers in every way. An unfinished addition is told to the user, so that it is no secret.

    Raises:
        InputError: an unfinished addition was left out.
    """
    import numpy as np

    from neurolite_runtimes.learning import WAYS, store_file
    from neurolite_runtimes.learning.calibration import similarity_of
    from neurolite_runtimes.learning.evidence import Finder
    from neurolite_runtimes.learning.scoring import score

    found = store_file.read_store(path)
    if found.torn:
        raise InputError(f"{found.torn} bytes of an unfinished addition were left out.")
    memory = found.memory
    vector = np.ones(memory.header.dimension, np.float32) / np.sqrt(memory.header.dimension)
    parts = [repr((memory.header, memory.names, memory.clock, memory.next_id)).encode()]
    if len(memory):
        similarity = similarity_of(memory)
        for way in WAYS:
            scored = score(way, memory, vector, similarity)
            parts.append(repr((scored.labels, scored.in_scope, scored.by)).encode())
            parts.append(scored.scores.tobytes())
        parts.append(repr(Finder().near(memory, vector, 100)).encode())
    return _digest(*parts)


READERS: Final[Mapping[str, Callable[[Path, bool], str]]] = MappingProxyType(
    {
        "artifact": read_artifact,
        "checkpoint": read_checkpoint,
        "state": read_state,
        "certificate": read_certificate,
        "bench report": read_bench_report,
        "report": read_report,
        "run file": read_run_file,
        "model config": read_model_config,
        "store": read_store,
    }
)


def _digest(*parts: bytes) -> str:
    found = hashlib.sha256()
    for part in parts:
        found.update(len(part).to_bytes(8, "little") + part)
    return found.hexdigest()
