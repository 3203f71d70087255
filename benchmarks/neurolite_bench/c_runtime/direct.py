"""A C program over the model library, built here and asked over its input."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final

from neurolite_bench.c_build import compiled, library_in
from neurolite_bench.measuring.memory import dirty_in_smaps
from neurolite_core.ground.errors import InputError

_SOURCE: Final = Path(__file__).with_name("driver.c")
_KIB: Final = 1024


def build_driver(folder: Path, paths: Sequence[str] = ()) -> Path:
    """The program, compiled into a folder with a library of some instruction sets (of all by default).

    Raises:
        MissingDependencyError: CMake or the compiler is not installed.
        InputError: compiling failed.
    """
    return compiled(_SOURCE, folder, options=[_paths_option(paths)] if paths else [])


def library_bytes(
    folder: Path, paths: Sequence[str], *, modules: bool = True, backbones: bool = True
) -> int:
    """Size of the stripped shared library of some instruction sets, built into a folder.

    Args:
        folder: to build in.
        paths: the instruction sets.
        modules: with rules, spans, memory and experts.
        backbones: with others than the mixer.

    Raises:
        MissingDependencyError: CMake or the compiler is not installed.
        InputError: compiling failed.
    """
    options = [
        f"-DNEUROLITE_{name}={'ON' if wanted else 'OFF'}"
        for name, wanted in (("MODULES", modules), ("BACKBONES", backbones))
    ]
    library_in(folder, "neurolite_model", [*options, _paths_option(paths)])
    return (folder / "libneurolite_model.so").stat().st_size


def _paths_option(paths: Sequence[str]) -> str:
    return f"-DNEUROLITE_PATHS={';'.join(paths)}"


@dataclass(frozen=True, slots=True)
class Asked:
    """Microseconds of an answer, and the number of its label."""

    least: float
    median: float
    label: int


class Direct:
    """The program, running with a model, or without one (None), to compare memory with.

    Attributes:
        opened_us: from the start of its main to an open model.
        answered_us: to the first answer.
        path: the instruction set.
    """

    def __init__(self, program: Path, model: Path | None) -> None:
        self._process = subprocess.Popen(  # noqa: S603
            [str(program), *([] if model is None else [str(model)])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        opened, answered, self.path = self._line().split()
        self.opened_us, self.answered_us = float(opened), float(answered)

    def ask(self, text: str, runs: int) -> Asked:
        """Answers one text of one line so many times."""
        assert self._process.stdin is not None  # noqa: S101  # it is a pipe
        self._process.stdin.write(f"{runs} {text}\n")
        self._process.stdin.flush()
        least, median, label = self._line().split()
        return Asked(float(least), float(median), int(label))

    def memory(self) -> tuple[int, int]:
        """Bytes of the process now: private dirty ones, and PSS, in which mapped files count."""
        place = Path(f"/proc/{self._process.pid}/smaps_rollup")
        try:
            smaps = place.read_text()
        except OSError as error:
            raise InputError(f"{place} cannot be read; memory is measured on Linux.") from error
        dirty = dirty_in_smaps(smaps) or 0
        pss = next(line for line in smaps.splitlines() if line.startswith("Pss:"))
        return dirty, int(pss.split()[1]) * _KIB

    def __enter__(self) -> Direct:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate()

    def _line(self) -> str:
        assert self._process.stdout is not None  # noqa: S101  # it is a pipe
        line = self._process.stdout.readline()
        if not line:
            self._process.communicate()
            raise InputError("The C program ended; is the file a .nlm of this version?")
        return line
