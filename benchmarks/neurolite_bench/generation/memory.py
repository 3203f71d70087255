"""``python -m neurolite_bench.generation.memory FILE``: what a file that says words adds to a process of its own.

Prints bytes as JSON: private dirty ones, PSS, and resident private ones, beside onnxruntime with an empty model, after
100 words. Ours is opened as apps open it, and what Python knows of it, its vocabulary among that, counts; a reference
point is a session of onnxruntime alone, of whose vocabulary nothing is read.
"""

from __future__ import annotations

import gc
import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Final

import numpy as np

from neurolite_bench.measuring.memory import Memory, measure_memory
from neurolite_bench.measuring.onnxruntime_start import start_onnxruntime
from neurolite_bench.sessions import session_of
from neurolite_core.ground.errors import InputError
from neurolite_runtimes.opening import open_artifact

WORDS: Final = 100
PEER: Final = "peer"
_BYTES: Final = b" some words more"


def added(file: Path, *, peer: bool, repeats: int) -> dict[str, int]:
    """Medians over fresh processes.

    Args:
        file: ours in stream form, or a reference point.
        peer: it is a reference point.
        repeats: processes.

    Raises:
        InputError: a process failed.
    """
    found = []
    for _ in range(repeats):
        command = [sys.executable, "-m", __spec__.name, str(file), *([PEER] if peer else [])]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise InputError(f"measuring {file} failed: {done.stderr.strip()[-500:]}")
        found.append(json.loads(done.stdout))
    return {name: int(statistics.median(each[name] for each in found)) for name in found[0]}


def in_this_process(file: Path, *, peer: bool) -> dict[str, int]:
    """Bytes that the file adds here, whatever it is."""
    start_onnxruntime()
    gc.collect()
    before = measure_memory()
    kept = _in_onnxruntime(file) if peer else _in_package(file)
    gc.collect()
    found = _difference(measure_memory(), before)
    del kept
    return found


def _in_onnxruntime(file: Path) -> object:
    """A session of a reference point that has said words."""
    session = session_of(file)
    read, *kept = session.get_inputs()
    # Axes without a size: the first one is of texts, others grow from nothing.
    states = {
        each.name: np.zeros(
            [
                side if isinstance(side, int) else int(axis == 0)
                for axis, side in enumerate(each.shape)
            ],
            np.float32,
        )
        for each in kept
    }
    outputs = ["logits", *(f"next_{name}" for name in states)]
    for number in range(WORDS):
        _, *found = session.run(outputs, {read.name: np.array([number]), **states})
        states = dict(zip(states, found, strict=True))
    return session


def _in_package(file: Path) -> object:
    """The same of ours."""
    session = open_artifact(file)
    state = {
        spec.name: np.full((1, *spec.shape), spec.initial, spec.numpy_type)
        for spec in session.metadata.state
    }
    for _ in range(WORDS):
        found = session.run_bytes(np.frombuffer(_BYTES, np.uint8)[None], state)
        state = {spec.name: found[spec.next_name] for spec in session.metadata.state}
    return session


def _difference(after: Memory, before: Memory) -> dict[str, int]:
    return {
        "dirty": (after.dirty_bytes or 0) - (before.dirty_bytes or 0),
        "pss": (after.pss_bytes or 0) - (before.pss_bytes or 0),
        "private": after.uss_bytes - before.uss_bytes,
    }


if __name__ == "__main__":
    _, path, *options = sys.argv
    print(json.dumps(in_this_process(Path(path), peer=options == [PEER])))  # noqa: T201
