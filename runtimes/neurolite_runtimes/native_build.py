"""Compiles the native library for this machine from the sources that travel with the package."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from neurolite_core.ground.errors import InputError
from neurolite_core.ground.files import require_writable, write_atomically
from neurolite_core.hashing.words import hash_words
from neurolite_runtimes.native_library import (
    NativeLibrary,
    digest_path,
    library_path,
    load_library,
)
from neurolite_runtimes.nlm_library import load_model_library, model_library_path

_HEADER: Final = "onnxruntime_c_api.h"
_TRIAL_TEXTS: Final = (
    b"It's 3pm \xe2\x80\x94 don't wait!",
    "naïve 東京へ 👍🏽".encode(),
    b"\xff\x80",
)


def source_folder() -> Path:
    """The C sources: inside an installed package, or beside it in a checkout.

    Raises:
        InputError: neither is there.
    """
    package = Path(__file__).resolve().parent
    for folder in (package / "native", package.parent / "native"):
        if (folder / "CMakeLists.txt").is_file():
            return folder
    raise InputError(
        "The native sources are not installed. Install the package again: pip install -U neurolite"
    )


def build_library(
    *, headers: Path | None = None, fetch_headers: bool = False, with_ort: bool = True
) -> NativeLibrary:
    """Compiles, tries and installs the libraries at ``library_path()`` and ``model_library_path()``.

    Args:
        headers: folder with onnxruntime_c_api.h; CMake looks in the usual places by default.
        fetch_headers: take that header from Debian's package by apt.
        with_ort: build the ONNX Runtime ops, not the C ABI alone.

    Raises:
        InputError: a tool or header is missing, compiling failed, or the result computes anything
            but what the specification says; nothing is installed then.
    """
    target = library_path()
    require_writable(target.parent)
    if shutil.which("cmake") is None:
        raise InputError("cmake is not installed. Install it: pip install cmake")
    sources = source_folder()
    log = target.parent / "build.log"
    with tempfile.TemporaryDirectory(prefix="neurolite-ops-") as name:
        work = Path(name)
        if fetch_headers:
            headers = work / "ort-headers"
            script = sources / "tools" / "fetch_ort_headers.sh"
            _run(["sh", str(script), str(headers)], "fetching headers", log)
        configure = ["cmake", "-S", str(sources), "-B", str(work / "build")]
        configure += [
            "-DCMAKE_BUILD_TYPE=Release",
            f"-DNEUROLITE_ORT={'ON' if with_ort else 'OFF'}",
        ]
        if headers is not None:
            configure.append(f"-DNEUROLITE_ORT_INCLUDE={headers.resolve()}")
        _run(configure, "configuring", log)
        _run(["cmake", "--build", str(work / "build"), "--config", "Release"], "compiling", log)
        built = next(iter(sorted((work / "build").rglob(target.name))), None)
        if built is None:
            raise InputError(
                f"The build made no {target.name}; see runtimes/native/CMakeLists.txt."
            )
        _try(load_library(built, fresh=True))
        models = model_library_path()
        second = next(iter(sorted((work / "build").rglob(models.name))), None)
        if second is not None:
            load_model_library(second, fresh=True)
            _install(second, models)
        _install(built, target)
    return load_library(target)


def _install(built: Path, target: Path) -> None:
    content = built.read_bytes()
    write_atomically(target, content)
    digest = f"{hashlib.sha256(content).hexdigest()}  {target.name}\n"
    write_atomically(digest_path(target), digest.encode())


def _run(command: list[str], step: str, log: Path) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    except OSError as error:
        raise InputError(f"{step} failed: {command[0]}: {error.strerror}") from error
    if done.returncode == 0:
        return
    output = done.stdout + done.stderr
    if f"{_HEADER} is not found" in output:
        raise InputError(
            f"{_HEADER} is not found. Take it from Debian's package: neurolite-ops build "
            "--fetch-headers; or name its folder: neurolite-ops build --headers DIR"
        )
    write_atomically(log, output.encode())
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = next((line for line in lines if "error" in line.lower()), lines[-1] if lines else "")
    raise InputError(
        f"{step} failed, {command[0]} exited with {done.returncode}: {telling} (all of it: {log})"
    )


def _try(library: NativeLibrary) -> None:
    """Compares every way to compute with the reference before anything is installed."""
    expected = hash_words(_TRIAL_TEXTS, num_hashes=64, table_size=30_011)
    for path, name in library.paths.items():
        found = library.hash_words(_TRIAL_TEXTS, num_hashes=64, table_size=30_011, path=path)
        if (found.indices.tolist(), found.counts.tolist()) != (
            expected.indices.tolist(),
            expected.counts.tolist(),
        ):
            raise InputError(
                f"The compiled library computes wrong indices ({name}), so it was not installed. "
                "Try another compiler: CC=clang neurolite-ops build"
            )
