"""Standard streams that may be closed, full, or read by nobody: the work goes on, and the end says what was lost.

Progress and summaries are no reason to stop a training. ``Streams`` takes the place of ``sys.stdout`` and
``sys.stderr`` for a command; what cannot be written is dropped and the first reason kept. A command whose output is
its work asks ``require_output`` after each part of it.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final, TextIO

from neurolite_core.ground.errors import InputError

EXIT_STREAM: Final = 2
EXIT_ANSWER: Final = 1  # of a command whose exit code says something, and which has not failed


class _Patient(io.RawIOBase):
    """A descriptor, or none, to which writing never fails."""

    def __init__(self, handle: int | None) -> None:
        self._handle = handle
        self.problem: OSError | None = None

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return self._handle is not None and os.isatty(self._handle)

    def fileno(self) -> int:
        if self._handle is None:
            raise io.UnsupportedOperation("fileno")
        return self._handle

    def write(self, data: object) -> int:
        """All of it is taken; after a failure nothing is tried any more."""
        left = memoryview(data).cast("B")  # type: ignore[arg-type]  # whatever buffers give
        size = len(left)
        try:
            if self._handle is None and size:
                raise OSError(errno.EBADF, "it is closed")
            while len(left) and self.problem is None and self._handle is not None:
                left = left[os.write(self._handle, left) :]
        except OSError as error:
            self.problem = self.problem or error
        return size


class Streams:
    """The standard streams of this process, made safe; at most one at a time."""

    current: Streams | None = None

    def __init__(self) -> None:
        self._written: list[Path] = []
        # A file that is opened later must not become standard output, into which libraries write.
        missing = _fill_descriptors()
        self._out = _Patient(None if 1 in missing else 1)
        sys.stdout = _text(self._out, sys.stdout)
        sys.stderr = _text(_Patient(None if 2 in missing else 2), sys.stderr)
        Streams.current = self

    def problem(self) -> OSError | None:
        """Why standard output could not be written, if so."""
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
        return self._out.problem

    def note(self, path: Path) -> None:
        """A file was written: it is named where standard output could not say so."""
        if path not in self._written:
            self._written.append(path)

    def message(self, problem: OSError) -> str:
        """One line for standard error."""
        files = ", ".join(str(path) for path in self._written)
        return f"Standard output cannot be written: {problem.strerror or problem}." + (
            f" Written before: {files}" if files else ""
        )


def note_written(path: Path) -> None:
    """Tells the streams of the command, if there is one, that a file was written."""
    if Streams.current is not None:
        Streams.current.note(path)


def require_output() -> None:
    """For a command whose output is its work.

    Raises:
        BrokenPipeError: who read it has seen enough.
        InputError: it cannot be written.
    """
    streams = Streams.current
    problem = streams.problem() if streams is not None else None
    if isinstance(problem, BrokenPipeError):
        raise problem
    if streams is not None and problem is not None:
        raise InputError(streams.message(problem))


def with_streams(command: Callable[[], object]) -> object:
    """Calls a command that ends with ``SystemExit``; exit code 2 and a line where its output was lost.

    A reader that has seen enough (``| head``) is no failure. A command that answers by exit code 1 (refused, not
    usable, slower) keeps it, and the line is written as well. What ends with another code has said why.
    """
    streams = Streams()
    try:
        return command()
    except SystemExit as end:
        problem = streams.problem()
        if problem is None or isinstance(problem, BrokenPipeError):
            raise
        if end.code not in (0, None, EXIT_ANSWER):
            raise
        sys.stderr.write(f"Error: {streams.message(problem)}\n")
        sys.stderr.flush()
        raise SystemExit(end.code or EXIT_STREAM) from end


def _fill_descriptors() -> set[int]:
    """Opens what of 0, 1 and 2 is closed on the null device; gives what was."""
    missing = set()
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            missing.add(number)
            handle = os.open(os.devnull, os.O_RDWR)
            if handle != number:
                os.dup2(handle, number)
                os.close(handle)
    return missing


def _text(raw: _Patient, like: TextIO | None) -> TextIO:
    """A text stream as Python's own, but that no character is too much for its encoding."""
    encoding = getattr(like, "encoding", None) or "utf-8"
    with contextlib.suppress(OSError, ValueError, AttributeError):
        like.flush()  # type: ignore[union-attr]
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding,
        errors="backslashreplace",
        line_buffering=raw.isatty() or like is sys.__stderr__,
        newline=None,
    )
