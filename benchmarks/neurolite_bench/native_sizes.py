"""Size of the stripped native library for each machine that this one has a compiler for."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from neurolite_runtimes.native_build import source_folder

_CROSS_COMPILERS: Final = {
    "linux-x86_64": "cc",
    "linux-aarch64": "aarch64-linux-gnu-gcc",
    "linux-armhf": "arm-linux-gnueabihf-gcc",
}
_UNTESTED: Final = ("macos", "ios", "windows-x86_64")


def sizes() -> dict[str, int | str]:
    """Bytes by preset of CMakePresets.json; where it could not be built, why."""
    presets = json.loads((source_folder() / "CMakePresets.json").read_text())["configurePresets"]
    names = [preset["name"] for preset in presets if not preset.get("hidden")]
    return {name: _size(name) for name in names if name not in _UNTESTED}


def _size(preset: str) -> int | str:
    compiler = _CROSS_COMPILERS.get(preset, "clang")
    if shutil.which(compiler) is None or shutil.which("cmake") is None:
        return f"not built: {compiler} or cmake absent"
    with tempfile.TemporaryDirectory() as folder:
        for command in (["--preset", preset, "-B", folder], ["--build", folder]):
            done = subprocess.run(  # noqa: S603
                ["cmake", *command],  # noqa: S607
                cwd=source_folder(),
                env=os.environ,
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode != 0:
                return f"not built: {' '.join(done.stderr.split())[:200]}"
        return (Path(folder) / "libneurolite.so").stat().st_size
