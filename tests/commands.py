"""Runs our commands as a user does: as programs, outside the checkout."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def run_command(
    name: str, *arguments: str | bytes | Path, cwd: Path, stdin: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    """Runs an installed console script in ``cwd``; never raises for its exit code."""
    program = Path(sys.executable).with_name(name)
    return subprocess.run(
        [program, *arguments], cwd=cwd, input=stdin, capture_output=True, timeout=300, check=False
    )
