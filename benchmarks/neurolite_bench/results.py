"""Where results go and what each of them says of its machine."""

from __future__ import annotations

import json
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from neurolite_bench.device import describe
from neurolite_core.ground.files import write_atomically

RESULTS: Final = Path("benchmarks/results")


def fingerprint() -> dict[str, Any]:
    """Processor, system, versions and time of a measurement."""
    device = describe()
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": device["architecture"],
        "processor": device["processor"],
        "cores": device["logical_cores"],
        "system": platform.platform(),
        "python": platform.python_version(),
        "versions": device["versions"],
    }


def write_result(path: Path, result: dict[str, Any]) -> None:
    """Writes a result with its fingerprint, atomically."""
    text = json.dumps({"environment": fingerprint(), **result}, indent=2, ensure_ascii=False)
    write_atomically(path, text.encode() + b"\n")
