"""Asks for tests of a tree: one warm process a tree, one fork a run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from neurolite_bench.mutants.warm import PRELOADED
from neurolite_core.ground.errors import InputError

_IMPORTED: Final = (".", "export", "runtimes", "benchmarks")
_DATA: Final = "NEUROLITE_DATA"
_HEADERS: Final = "NEUROLITE_ORT_INCLUDE"


@dataclass(frozen=True, slots=True)
class Run:
    """What came of tests.

    Attributes:
        code: pytest's exit code: 0 all passed, 5 there were none; -1 where its process died.
        by: the first test that failed.
        seconds: that it took.
        timeout: it was ended after its time.
    """

    code: int
    by: str
    seconds: float
    timeout: bool

    @property
    def passed(self) -> bool:
        """No test failed."""
        return self.code in (0, 5) and not self.timeout


class Tester:
    """A warm process for one copied tree.

    Args:
        root: of the tree.
        checkout: that it was copied from: real data and headers are looked for beside and in it.
        preloaded: packages to import once; those that are absent are left out.

    Attributes:
        sound: tests, or files of them, that were seen to pass in the tree as it is.
        unsound: files of those that were not.

    Raises:
        InputError: this system cannot fork.
    """

    def __init__(self, root: Path, checkout: Path, preloaded: Sequence[str] = PRELOADED) -> None:
        if not hasattr(os, "fork"):
            raise InputError("Tests run in forks, which this system lacks; use Linux or macOS.")
        self.root = root
        self.sound: set[str] = set()
        self.unsound: set[str] = set()
        self._work = tempfile.TemporaryDirectory(prefix="neurolite-tests-")
        self._environment = _environment(root, checkout)
        self._process = subprocess.Popen(  # noqa: S603  # this Python, our own module
            [sys.executable, str(Path(__file__).with_name("warm.py")), json.dumps(list(preloaded))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | self._environment,
            text=True,
            start_new_session=True,
        )
        self._answer()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        self._process.kill()
        self._process.wait()
        self._work.cleanup()

    def run(
        self,
        tests: Sequence[str],
        seconds: float,
        *,
        coverage: Path | None = None,
        options: Sequence[str] = (),
    ) -> Run:
        """Runs test files, in this order and up to the first failure, for at most so long.

        Args:
            tests: files, or single tests, by their paths in the tree.
            seconds: after which they are ended.
            coverage: a file of coverage.py's settings by which lines are noted.
            options: of pytest.
        """
        folder = Path(self._work.name)
        job = {
            "root": str(self.root),
            "tests": list(tests),
            "seconds": seconds,
            "log": str(folder / "log"),
            "temporary": str(folder / "temporary"),
            "environment": self._environment,
            "coverage": None if coverage is None else str(coverage),
            "options": list(options),
        }
        stdin = self._process.stdin
        assert stdin is not None  # noqa: S101  # it is a pipe
        stdin.write(json.dumps(job) + "\n")
        stdin.flush()
        return Run(**self._answer())

    def log(self) -> str:
        """What the last run printed."""
        return (Path(self._work.name) / "log").read_text("utf-8", "replace")

    def _answer(self) -> Any:  # noqa: ANN401  # JSON
        stdout = self._process.stdout
        assert stdout is not None  # noqa: S101  # it is a pipe
        line = stdout.readline()
        if not line:
            raise InputError(f"The process that runs the tests died (exit {self._process.wait()}).")
        return json.loads(line)


def _environment(root: Path, checkout: Path) -> dict[str, str]:
    """Variables for tests of the tree: its own packages, and what lies outside it."""
    shared, headers = checkout.parent / "shared" / "data", checkout / "build" / "ort-headers"
    found = {
        "PYTHONPATH": os.pathsep.join(str(root / name) for name in _IMPORTED),
        # One thread each: two trees run beside each other.
        "OMP_NUM_THREADS": "1",
    }
    if shared.is_dir() and _DATA not in os.environ:
        found[_DATA] = str(shared)
    if headers.is_dir() and _HEADERS not in os.environ:
        found[_HEADERS] = str(headers)
    return found
