"""Compilers, presets and headers for the native tests; what is absent is skipped by name."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from texts import ROOT

NATIVE = ROOT / "runtimes" / "native"
COMPILERS = {
    "linux-aarch64": "aarch64-linux-gnu-gcc",
    "linux-armhf": "arm-linux-gnueabihf-gcc",
    "android-arm64-v8a": "clang",
    "android-armeabi-v7a": "clang",
    "android-x86": "clang",
    "android-x86_64": "clang",
}


def ort_headers() -> Path | None:
    """The folder that `fetch_ort_headers.sh` fills or the variable names; None: CMake finds its own."""
    chosen = os.environ.get("NEUROLITE_ORT_INCLUDE")
    if chosen:
        return Path(chosen)
    if (ROOT / "build" / "ort-headers" / "onnxruntime_c_api.h").is_file():
        return ROOT / "build" / "ort-headers"
    if any(Path("/usr/include").glob("onnxruntime*/**/onnxruntime_c_api.h")):
        return None
    pytest.skip("onnxruntime_c_api.h absent: run runtimes/native/tools/fetch_ort_headers.sh")


def need(tool: str) -> str:
    """The tool's path, or a skip that names it."""
    found = shutil.which(tool)
    if found is None:
        pytest.skip(f"{tool} absent")
    return found


def build_preset(preset: str, folder: Path) -> Path:
    """Configures and builds one preset of CMakePresets.json."""
    need("cmake")
    need(COMPILERS[preset])
    if preset.startswith("android-"):
        need("ld.lld")
    headers = ort_headers()
    configure = ["cmake", "--preset", preset, "-B", str(folder)]
    if headers is not None:
        configure.append(f"-DNEUROLITE_ORT_INCLUDE={headers}")
    run(configure, cwd=NATIVE)
    run(["cmake", "--build", str(folder)], cwd=NATIVE)
    return folder / "libneurolite.so"


def build_model_library(triple: str, folder: Path) -> Path:
    """Builds the library of models with Debian's cross compiler, or for this machine (no triple), without
    ONNX Runtime's header. A shared one; for 32 bits a static one, as there is no other."""
    need("cmake")
    need(f"{triple}-gcc" if triple else "cc")
    configure = ["cmake", "-S", str(NATIVE), "-B", str(folder), "-DNEUROLITE_ORT=OFF"]
    if triple:
        toolchain = NATIVE / "cmake" / "linux-cross.cmake"
        configure += [f"-DNEUROLITE_TRIPLE={triple}", f"-DCMAKE_TOOLCHAIN_FILE={toolchain}"]
    run(configure, cwd=NATIVE)
    kind = "_static" if triple.startswith("arm-") else ""
    run(["cmake", "--build", str(folder), "--target", f"neurolite_model{kind}"], cwd=NATIVE)
    return folder / f"libneurolite_model.{'a' if kind else 'so'}"


def run(command: list[str], cwd: Path) -> str:
    """Runs a tool that must succeed, and gives its output."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "warning" not in done.stderr, done.stderr
    return done.stdout
