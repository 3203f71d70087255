"""How to start another Python like this one."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping
from typing import Final

PYTHON_VARIABLE: Final = "NEUROLITE_PYTHON"


def python_command(environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """The start of a command line that runs this Python.

    Args:
        environment: its ``$NEUROLITE_PYTHON`` is taken where it is set: "taskset -c 3 python3" holds the
            workers on a core, and a Python under qemu can be started only through qemu.
    """
    return tuple(shlex.split(environment.get(PYTHON_VARIABLE, ""))) or (sys.executable,)
