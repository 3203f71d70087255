"""What ``pip wheel`` does besides, where variables ask for it.

``NEUROLITE_WHEEL_LIBRARY=1``: the wheel carries the C library of models, and is for one kind of machine. Needs CMake and
a C compiler. ``NEUROLITE_WHEEL_WASM=FOLDER``: it carries that library for pages as ``neurolite-ops build --wasm --out
FOLDER`` wrote it, for ``neurolite-demo`` where there is no compiler; it is for every machine all the same.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SWITCH = "NEUROLITE_WHEEL_LIBRARY"
WASM = "NEUROLITE_WHEEL_WASM"
CARRIED = "neurolite_runtimes/carried"  # nlm_library.carried_library_path looks there
NAMES = ("libneurolite_model.so", "libneurolite_model.dylib", "neurolite_model.dll")


class CustomBuildHook(BuildHookInterface):
    """Compiles the library, puts it and its digest into the wheel, and names the machine in the wheel's tag."""

    _work: str | None = None

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Before a wheel is made; an editable install carries nothing."""
        if version != "standard":
            return
        if folder := os.environ.get(WASM):
            for path in pages_builds(Path(folder)):
                build_data["force_include"][str(path)] = f"{CARRIED}/{path.name}"
        if os.environ.get(SWITCH) == "1":
            self._carry_library(build_data)

    def _carry_library(self, build_data: dict[str, Any]) -> None:
        self._work = tempfile.mkdtemp(prefix="neurolite-wheel-")
        library = compiled(Path(self.root) / "runtimes" / "native", Path(self._work))
        digest = library.with_name(f"{library.name}.sha256")
        found = hashlib.sha256(library.read_bytes()).hexdigest()
        digest.write_text(f"{found}  {library.name}\n", "utf-8")
        for path in (library, digest):
            build_data["force_include"][str(path)] = f"{CARRIED}/{path.name}"
        build_data["pure_python"] = False
        # Of any Python 3: the library knows nothing of Python.
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["tag"] = f"py3-none-{platform}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """After it."""
        if self._work is not None:
            shutil.rmtree(self._work)


def pages_builds(folder: Path) -> list[Path]:
    """What pages run, with SIMD and without."""
    found = sorted(folder.resolve().glob("neurolite*.wasm"))
    if len(found) != 2:
        raise FileNotFoundError(
            f"{WASM}: {folder} is not what neurolite-ops build --wasm --out {folder} writes"
        )
    return found


def compiled(sources: Path, folder: Path) -> Path:
    """The shared library of models for this machine."""
    options = ["-DCMAKE_BUILD_TYPE=Release", "-DNEUROLITE_ORT=OFF"]
    subprocess.run(["cmake", "-S", sources, "-B", folder, *options], check=True)  # noqa: S603, S607
    build = ["cmake", "--build", folder, "--config", "Release", "--target", "neurolite_model"]
    subprocess.run(build, check=True)  # noqa: S603  # of the PATH, as pip's user has it
    return next(path for name in NAMES for path in folder.rglob(name))
