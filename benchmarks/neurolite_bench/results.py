"""Where results go and what each of them says of its machine."""

from __future__ import annotations

import json
import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from neurolite_core.files import write_atomically

RESULTS: Final = Path("benchmarks/results")
_PACKAGES: Final = (
    "neurolite",
    "numpy",
    "torch",
    "onnx",
    "onnxruntime",
    "executorch",
    "litert-torch",
    "ai-edge-litert",
    "coremltools",
    "transformers",
    "scikit-learn",
    "fasttext-numpy2-wheel",
)


def fingerprint() -> dict[str, Any]:
    """Processor, system, versions and time of a measurement."""
    versions: dict[str, str] = {}
    for name in _PACKAGES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": platform.machine(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "versions": versions,
    }


def write_result(path: Path, result: dict[str, Any]) -> None:
    """Writes a result with its fingerprint, atomically."""
    text = json.dumps({"environment": fingerprint(), **result}, indent=2, ensure_ascii=False)
    write_atomically(path, text.encode() + b"\n")


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor()
