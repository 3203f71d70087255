"""The other end of ``worker.py``: a child that may die or never answer, and the next one."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from neurolite_bench.attack.outcomes import Found, Outcome

LIMIT: Final = 20.0  # seconds for a file; the longest that was seen of a whole one is under one
_START: Final = 120.0  # more for the first, whose libraries are imported
_SHOWN: Final = 1000


class Child:
    """Opens files in turn, in a process of its own that is started again when one has ended it.

    Args:
        reader: one of ``READERS``.
        whole: what is not damaged, to compare with.
        unsealed: open what is damaged as well.
        command: starts the process.
    """

    def __init__(
        self,
        reader: str,
        whole: Path,
        *,
        unsealed: bool = False,
        command: tuple[str, ...] = (sys.executable, "-m", "neurolite_bench.attack.worker"),
    ) -> None:
        self._command = (*command, reader)
        self._unsealed = unsealed
        self._process: subprocess.Popen[bytes] | None = None
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  # lives as long as the child
        reply = self._ask(whole, _START)
        if not isinstance(reply, dict) or "digest" not in reply:
            self.close()
            raise RuntimeError(f"{whole}, which is whole, is not read: {reply}")
        self._whole = reply["digest"]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def open(self, path: Path, case: str) -> Found:
        """What comes of a file."""
        reply = self._ask(path, LIMIT if self._process is not None else _START)
        if isinstance(reply, Found):
            return Found(case, reply.outcome, reply.said)
        if "digest" in reply:
            same = reply["digest"] == self._whole
            return Found(case, Outcome.SAME if same else Outcome.DIFFERENT)
        if "refused" in reply:
            return Found(case, Outcome.REFUSED, reply["refused"])
        return Found(case, Outcome.TRACEBACK, reply["traceback"])

    def close(self) -> None:
        """Ends the process for good."""
        self.stop()
        self._errors.close()

    def stop(self) -> None:
        """Ends the process; may be called twice."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()

    def _ask(self, path: Path, seconds: float) -> dict[str, Any] | Found:
        process = self._process or self._start()
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("the process has no pipes")
        request = json.dumps({"path": os.fsdecode(path), "unsealed": self._unsealed})
        try:
            process.stdin.write(request.encode() + b"\n")
            process.stdin.flush()
            line = _line(process.stdout.fileno(), seconds)
        except BrokenPipeError:
            line = b""
        if line is None:
            self.stop()
            return Found("", Outcome.HUNG, f"no answer in {seconds:.0f} s")
        if not line:
            code = process.wait()
            self.stop()
            return Found("", Outcome.CRASHED, f"{_name_of(code)} {self._last_words()}")
        reply: dict[str, Any] = json.loads(line)
        return reply

    def _start(self) -> subprocess.Popen[bytes]:
        self._errors.seek(0)
        self._errors.truncate()
        self._process = subprocess.Popen(  # noqa: S603  # this Python, our own module
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors
        )
        return self._process

    def _last_words(self) -> str:
        self._errors.seek(0)
        return self._errors.read()[-_SHOWN:].decode("utf-8", "replace").strip()


def _line(handle: int, seconds: float) -> bytes | None:
    """A line; empty where the process has ended, None where it took too long."""
    end = time.monotonic() + seconds
    parts: list[bytes] = []
    while not (parts and parts[-1].endswith(b"\n")):
        ready, _, _ = select.select([handle], [], [], max(0.0, end - time.monotonic()))
        if not ready:
            return None
        part = os.read(handle, 1 << 16)
        if not part:
            return b""
        parts.append(part)
    return b"".join(parts)


def _name_of(code: int) -> str:
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name
