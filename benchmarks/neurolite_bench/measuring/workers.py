"""The other end of ``worker.py``: starts processes, asks them, and ends them."""

from __future__ import annotations

import json
import os
import select
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from typing import Any, Final

from neurolite_core.ground.threads import user_threads

# What starts a Python like this one, where its own path does not, as under an emulator.
PYTHON_VARIABLE: Final = "NEUROLITE_PYTHON"
_LONGEST_ANSWER_S: Final = 600.0
_SHOWN_ERROR: Final = 600


class WorkerError(Exception):
    """A worker could not do what it was asked; the message says why."""


class WorkerNotTimedError(WorkerError):
    """Its subject is in order but is not timed on this machine."""


def python_command() -> list[str]:
    """The start of a command line that runs a Python like this one: ``$NEUROLITE_PYTHON``, or its path."""
    return shlex.split(os.environ.get(PYTHON_VARIABLE, "")) or [sys.executable]


class WorkerHandle:
    """A worker process. Not stopped by Ctrl-C, so that its owner decides.

    Args:
        environment: variables to set besides this process's own.
    """

    def __init__(self, environment: dict[str, str] | None = None) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  # lives as long as the process
        self._process = subprocess.Popen(  # noqa: S603  # this Python, or what the user says starts it
            [*python_command(), "-m", "neurolite_bench.measuring.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env={**user_threads(), **(environment or {})},
            start_new_session=True,
        )

    def ask(self, do: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401  # any JSON
        """Sends a command and waits for its answer.

        Raises:
            WorkerError: it failed, died, or took over ten minutes.
            WorkerNotTimedError: the subject says that it cannot be timed here.
        """
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise WorkerError("the process has no pipes")
        try:
            stdin.write(json.dumps({"do": do, **fields}).encode() + b"\n")
            stdin.flush()
            line = self._line(stdout.fileno())
        except BrokenPipeError:
            line = b""
        if not line:
            raise WorkerError(f"the process ended: {self._last_words()}")
        reply: dict[str, Any] = json.loads(line)
        if "not_timed" in reply:
            raise WorkerNotTimedError(reply["not_timed"])
        if "failed" in reply:
            raise WorkerError(reply["failed"])
        return reply

    def stop(self) -> None:
        """Ends the process; may be called twice."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._errors):
            if pipe is not None and not pipe.closed:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue  # what was still to be sent is of no interest now

    def _line(self, handle: int) -> bytes:
        end = time.monotonic() + _LONGEST_ANSWER_S
        parts: list[bytes] = []
        while not (parts and parts[-1].endswith(b"\n")):
            ready, _, _ = select.select([handle], [], [], max(0.0, end - time.monotonic()))
            if not ready:
                raise WorkerError(f"no answer in {_LONGEST_ANSWER_S:.0f} s")
            part = os.read(handle, 1 << 20)
            if not part:
                return b""
            parts.append(part)
        return b"".join(parts)

    def _last_words(self) -> str:
        code = self._process.wait()
        how = f"exit code {code}" if code >= 0 else signal.Signals(-code).name
        self._errors.seek(0)
        text = self._errors.read().decode("utf-8", "replace").strip()
        return f"{how}. {text[-_SHOWN_ERROR:]}".strip()
