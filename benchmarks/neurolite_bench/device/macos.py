"""What macOS says of its machine."""

from __future__ import annotations

import platform
import subprocess
from typing import Final

_COMMAND: Final = (
    "/usr/sbin/sysctl",
    "hw",
    "machdep.cpu",
    "kern.hv_vmm_present",
    "sysctl.proc_translated",
)
_SECONDS: Final = 10


def sysctl() -> dict[str, str]:
    """Names and values of the hardware's part of sysctl; empty elsewhere."""
    if platform.system() != "Darwin":
        return {}
    try:
        done = subprocess.run(  # noqa: S603  # nothing from outside
            _COMMAND, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return {}
    return parse_sysctl(done.stdout)


def parse_sysctl(output: str) -> dict[str, str]:
    """Lines such as ``hw.model: Mac14,2``."""
    lines = (line.partition(": ") for line in output.splitlines())
    return {name: value.strip() for name, separator, value in lines if separator}
