"""The model of the package as files to show: exported once, by the command, and kept in the cache."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Final

from neurolite_core.ground.errors import InputError, MissingDependencyError
from neurolite_core.ground.files import file_digest, require_writable
from neurolite_core.models.default import DEFAULT_CHECKPOINT, DEFAULT_MODEL
from neurolite_runtimes.native_library import library_path

_WEIGHTS: Final = "model.safetensors"
_TARGETS: Final = {"c": "nlm", "onnx": "onnx"}
_NEEDS: Final = ("torch", "onnx", "onnxscript", "onnxruntime")


def packaged_files() -> list[Path]:
    """The default model as .nlm and .onnx, int8.

    Raises:
        MissingDependencyError: it was not exported yet, and what exports is not installed.
        InputError: the export failed, or there is no home to keep it in.
    """
    folder = library_path().parent / f"demo-{file_digest(DEFAULT_CHECKPOINT / _WEIGHTS)[:16]}"
    files = [folder / f"neurolite-{DEFAULT_MODEL}-int8.{suffix}" for suffix in _TARGETS.values()]
    if not all(file.is_file() for file in files):
        _export(folder)
    return files


def _export(folder: Path) -> None:
    if any(importlib.util.find_spec(name) is None for name in _NEEDS):
        raise MissingDependencyError(
            "Name a FILE, or let the package's own model be exported: pip install 'neurolite[export]'"
        )
    require_writable(folder)
    targets = [part for name in _TARGETS for part in ("--target", name)]
    command = [
        sys.executable,
        "-m",
        "neurolite_export.cli",
        "--model",
        DEFAULT_MODEL,
        "--int8",
        "--replace",
    ]
    done = subprocess.run(  # noqa: S603  # this Python, and our own command
        [*command, *targets, "--out", str(folder)], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise InputError(f"The package's model could not be exported. {done.stderr.strip()[-500:]}")
