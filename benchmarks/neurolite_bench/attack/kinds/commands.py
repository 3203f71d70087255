"""Our commands as programs: what is run, and what came of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from neurolite_bench.attack.outcomes import Found, Outcome
from neurolite_core.ground.command_line import EXIT_INTERRUPTED, EXIT_REFUSED, EXIT_USAGE

_ENDED: Final = (EXIT_INTERRUPTED, 129, 143)  # by a signal, in order
_SHOWN: Final = 400

PROGRAMS: Final = {
    "neurolite-bench": "neurolite_bench.cli",
    "neurolite-eval": "neurolite_runtimes.eval_cli",
    "neurolite-export": "neurolite_export.cli",
    "neurolite-learn": "neurolite_runtimes.learn_cli",
    "neurolite-ops": "neurolite_runtimes.native_cli",
    "neurolite-run": "neurolite_runtimes.cli",
    "neurolite-train": "neurolite_core.training",
}


def words_of(program: str) -> list[str]:
    """What starts a program of ours with this Python."""
    return [sys.executable, "-m", PROGRAMS[program]]


def environment() -> dict[str, str]:
    """Libraries on one thread, so that an attack leaves the machine to others."""
    return {**os.environ, "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1")}


def outcome_of(code: int, errors: str) -> Outcome:
    """Of a program that has ended."""
    if code < 0 or (code > EXIT_INTERRUPTED - 2 and code not in _ENDED):
        return Outcome.CRASHED
    if "Traceback" in errors or code not in (0, EXIT_REFUSED, EXIT_USAGE, *_ENDED):
        return Outcome.TRACEBACK
    return Outcome.SAME if code == 0 else Outcome.REFUSED


def shell(line: str, name: str, folder: Path, seconds: float) -> Found:
    """Runs a line of bash that ends with the code of the command in question."""
    try:
        done = subprocess.run(  # noqa: S603  # lines of the tables
            ["bash", "-c", line],  # noqa: S607  # as a user's shell
            cwd=folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Found(name, Outcome.HUNG, f"still there after {seconds:.0f} s")
    log = folder / "errors"
    errors = (log.read_bytes() if log.exists() else b"") + done.stderr
    text = errors.decode("utf-8", "replace")
    return Found(name, outcome_of(done.returncode, text), text[-_SHOWN:].strip())
