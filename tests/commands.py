"""Runs our commands: as programs, as a user does, or in this process, which spares their imports."""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from typer.testing import CliRunner

from neurolite_start import COMMANDS


def run_command(
    name: str, *arguments: str | bytes | Path, cwd: Path, stdin: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    """Runs an installed console script in ``cwd``; never raises for its exit code."""
    program = Path(sys.executable).with_name(name)
    return subprocess.run(
        [program, *arguments], cwd=cwd, input=stdin, capture_output=True, timeout=600, check=False
    )


def call_command(
    name: str, *arguments: str | bytes | Path, cwd: Path, stdin: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    """The same without a process of its own; an exception that the command lets out is raised."""
    app = importlib.import_module(COMMANDS[name].module).app
    typed = [os.fsdecode(item) for item in arguments]
    with contextlib.chdir(cwd):
        done = CliRunner().invoke(app, typed, input=stdin, catch_exceptions=False)
    return subprocess.CompletedProcess(
        [name, *typed], done.exit_code, done.stdout_bytes, done.stderr_bytes
    )


def call_module(module: str, *arguments: object) -> tuple[int, str]:
    """Exit code and both streams of ``python -m module``, without a process of its own."""
    app = importlib.import_module(f"{module}.__main__").app
    done = CliRunner().invoke(app, [str(item) for item in arguments], catch_exceptions=False)
    return done.exit_code, done.stdout if "--json" in arguments else done.output


@contextlib.contextmanager
def default_signals() -> Iterator[None]:
    """What is started inside can be ended by SIGINT and SIGHUP.

    A shell starts what it puts in the background with SIGINT ignored, as nohup does with SIGHUP, and
    whoever inherits that never sees the signal: so the tests' own processes would.
    """
    ignored = [
        number
        for number in (signal.SIGINT, signal.SIGHUP)
        if signal.getsignal(number) is signal.SIG_IGN
    ]
    for number in ignored:
        signal.signal(number, signal.SIG_DFL)
    try:
        yield
    finally:
        for number in ignored:
            signal.signal(number, signal.SIG_IGN)
