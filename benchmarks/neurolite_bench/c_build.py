"""Programs in C on the model library, compiled by CMake as ``neurolite-ops build`` does: fuzzers and drivers."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from neurolite_core.ground.errors import InputError, MissingDependencyError
from neurolite_runtimes.native_build import source_folder

SANITIZERS: Final = ("-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
_STATIC: Final = "neurolite_model_static"
_TOLD: Final = 6  # last lines of what a failed program said


def compiled(
    source: Path,
    folder: Path,
    *,
    compiler: str = "cc",
    flags: Sequence[str] = (),
    options: Sequence[str] = (),
) -> Path:
    """A program of one source and the static model library.

    Args:
        source: the program's.
        folder: where all of it is built.
        compiler: such as ``clang``.
        flags: of both.
        options: more of CMake's, such as ``-DNEUROLITE_PATHS=avx2``.

    Raises:
        MissingDependencyError: CMake or the compiler is not installed.
        InputError: compiling failed.
    """
    native, built = source_folder(), folder / source.stem
    of_compiler = [f"-DCMAKE_C_COMPILER={compiler}", f"-DCMAKE_C_FLAGS={' '.join(flags)}"]
    library_in(folder, _STATIC, [*of_compiler, *options], compiler)
    includes = [f"-I{native / name}" for name in ("include", "src")]
    library = str(folder / "libneurolite_model.a")
    warnings = ["-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-D_POSIX_C_SOURCE=200809L"]
    _run([compiler, *warnings, *flags, *includes, str(source), library, "-o", str(built)])
    return built


def library_in(
    folder: Path, target: str, options: Sequence[str] = (), compiler: str = "cc"
) -> None:
    """Builds the model library into a folder.

    Args:
        folder: where to.
        target: of CMake: ``neurolite_model`` or ``neurolite_model_static``.
        options: of CMake.
        compiler: that there has to be.

    Raises:
        MissingDependencyError: CMake or the compiler is not installed.
        InputError: compiling failed.
    """
    for tool in ("cmake", compiler):
        if shutil.which(tool) is None:
            raise MissingDependencyError(
                f"{tool} is not installed. Install it: apt-get install {tool}"
            )
    native = str(source_folder())
    _run(["cmake", "-S", native, "-B", str(folder), "-DNEUROLITE_ORT=OFF", *options])
    _run(["cmake", "--build", str(folder), "--target", target])


def version_of(compiler: str) -> str:
    """The first line of what a compiler says of its version."""
    return _run([compiler, "--version"]).splitlines()[0]


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # of this machine
    if done.returncode != 0:
        lines = [line.strip() for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        said = " / ".join(lines[-_TOLD:]) or "it says nothing"  # CMake says first what, then where
        raise InputError(f"{command[0]} failed: {said}")
    return done.stdout
