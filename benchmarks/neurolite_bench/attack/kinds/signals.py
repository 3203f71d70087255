"""Signals to a training with workers and to an export: after five seconds no process of theirs is there.

Same: all are gone, and the training goes on from the state on disk. Hung: some live on.
"""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import psutil

from neurolite_bench.attack.kind import Job, Kind
from neurolite_bench.attack.kinds.commands import environment, outcome_of, words_of
from neurolite_bench.attack.outcomes import Found, Outcome
from neurolite_core.artifact.formats import safetensors_file
from neurolite_core.artifact.seal import Seal

GRACE: Final = 5.0  # seconds
_WAIT: Final = 120.0  # for the command to be at work
_SIGNALS: Final = (signal.SIGTERM, signal.SIGKILL, signal.SIGINT, signal.SIGHUP)
_WORKERS: Final = 2
_STATE: Final = "state.safetensors"


def _at_work(process: psutil.Process, ready: Callable[[], bool]) -> list[psutil.Process]:
    """All processes of a command, once it is at work."""
    end = time.monotonic() + _WAIT
    while time.monotonic() < end and process.is_running() and not ready():
        time.sleep(0.05)
    try:
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [
        item for item in processes if item.is_running() and item.status() != psutil.STATUS_ZOMBIE
    ]


def _signalled(
    command: list[str], name: str, number: signal.Signals, folder: Path, ready: Callable[[], bool]
) -> Found:
    with (folder / "errors").open("wb") as errors, _listening():
        started = subprocess.Popen(  # noqa: S603  # our own command
            command,
            cwd=folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )
    processes = _at_work(psutil.Process(started.pid), ready)
    if started.poll() is not None:
        return Found(name, Outcome.REFUSED, f"ended with {started.returncode} before the signal")
    started.send_signal(number)
    end = time.monotonic() + GRACE
    while time.monotonic() < end and (started.poll() is None or _alive(processes)):
        time.sleep(0.05)
    left = _alive(processes)
    if left:
        said = f"{len(left)} of {len(processes)} processes live on: {_described(left)}"
        for item in left:
            item.kill()
        started.wait()
        return Found(name, Outcome.HUNG, said)
    code = started.wait()
    text = (folder / "errors").read_text("utf-8", "replace")
    found = Outcome.SAME if code == -number else outcome_of(code, text)
    state = folder / "out" / _STATE
    if state.exists() and safetensors_file.seal_of(state.read_bytes()) is not Seal.WHOLE:
        return Found(name, Outcome.DIFFERENT, "the state on disk is damaged")
    if found in (Outcome.SAME, Outcome.REFUSED):
        return Found(name, Outcome.SAME, f"{len(processes)} processes, exit code {code}")
    return Found(name, found, text[-400:])


def _described(processes: list[psutil.Process]) -> str:
    found = []
    for item in processes:
        with suppress(psutil.Error):
            found.append(f"{item.status()} {' '.join(item.cmdline())[-80:]}")
    return "; ".join(found)


@contextmanager
def _listening() -> Iterator[None]:
    """A shell may have had signals ignored, and whoever inherits that never sees them."""
    numbers = (signal.SIGINT, signal.SIGHUP)
    ignored = [number for number in numbers if signal.getsignal(number) is signal.SIG_IGN]
    for number in ignored:
        signal.signal(number, signal.SIG_DFL)
    try:
        yield
    finally:
        for number in ignored:
            signal.signal(number, signal.SIG_IGN)


def _training(job: Job, folder: Path) -> tuple[list[str], Callable[[], bool]]:
    words = [*words_of("neurolite-train"), str(job.material.rows)]
    words += ["--model-config", str(job.material.model_config), "--epochs", "2000"]
    words += ["--workers", str(_WORKERS), "--out", str(folder / "out")]
    return words, lambda: (folder / "out" / _STATE).exists()


def _export(job: Job, folder: Path) -> tuple[list[str], Callable[[], bool]]:
    words = [*words_of("neurolite-export"), "--checkpoint", str(job.material.checkpoint)]
    words += ["--target", "onnx", "--out", str(folder / "out")]
    return words, lambda: (folder / "out").exists()


def _run(job: Job) -> Iterator[Found]:
    cases = [(what, number) for what in (_training, _export) for number in _SIGNALS]
    for place in job.numbers(len(cases)):
        what, number = cases[place]
        folder = job.scratch / str(place)
        folder.mkdir()
        command, ready = what(job, folder)
        name = f"{number.name} to {what.__name__.strip('_')}"
        yield _signalled(command, name, number, folder, ready)


KIND: Final = Kind(
    f"signals to a training with workers and to an export: nothing lives on after {GRACE:.0f} s",
    _run,
)
