"""Which test files run which lines, measured once and kept; and the choice of those to start for a change.

A measurement holds as long as the source file is the one that was measured: of one that has changed since,
every test file that runs any of its lines is taken. Test files that were not measured are taken by the
table of rooms.
"""

from __future__ import annotations

import ast
import hashlib
import json
import re
import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

from neurolite_bench.mutants.records import Mutant
from neurolite_bench.mutants.rooms import ROOMS, own_tests
from neurolite_bench.mutants.testing import Tester
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.extras import require
from neurolite_core.ground.files import read_limited, write_atomically

_LIMIT: Final = 2**28
UNMEASURED: Final = 60.0  # seconds that a test file without a measurement is taken to need
SLOW: Final = 600.0  # the same of those that are known to take long
_SLOW: Final = ("tests/parity", "tests/packaging", "tests/bench/test_parity.py")
_SECONDS: Final = 1800.0  # of one test file, measured
_SETTINGS: Final = """[run]
parallel = true
patch = subprocess
data_file = {data}
source_dirs =
    {sources}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A test file's.

    Attributes:
        digest: of the test file.
        seconds: that it takes, with coverage.py beside it.
        passed: in the tree without a change; one that does not is not asked.
        lines: that it runs, by source file.
        sources: digest of each of these.
    """

    digest: str
    seconds: float
    passed: bool
    lines: Mapping[str, Sequence[int]]
    sources: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Test files for a change, in the order in which they are asked.

    Attributes:
        files: those that are started.
        left_out: those that would take longer than is allowed.
        seconds: that the files take; ``UNMEASURED`` for those without a measurement.
    """

    files: tuple[str, ...]
    left_out: tuple[str, ...]
    seconds: float


def measure(
    tester: Tester, tests: Sequence[str], tell: Callable[[str], None]
) -> dict[str, Measured]:
    """Runs test files one by one under coverage.py, with the programs that they start.

    Raises:
        MissingDependencyError: coverage is not installed.
    """
    require("coverage", extra="mutants")
    found: dict[str, Measured] = {}
    for number, test in enumerate(tests, start=1):
        with tempfile.TemporaryDirectory(prefix="neurolite-coverage-") as name:
            folder = Path(name)
            settings = folder / "settings"
            sources = [folder for room in ROOMS.values() for folder in room.sources]
            settings.write_text(
                _SETTINGS.format(
                    data=folder / "data",
                    sources="\n    ".join(str(tester.root / source) for source in sources),
                )
            )
            run = tester.run([test], _SECONDS, coverage=settings)
            lines = _lines(folder, tester.root)
        found[test] = Measured(
            digest=digest(tester.root / test),
            seconds=run.seconds,
            passed=run.passed,
            lines=lines,
            sources={source: digest(tester.root / source) for source in lines},
        )
        end = "" if run.passed else f", FAILS without a change: {run.by or tester.log()[-500:]}"
        tell(f"{number} of {len(tests)}: {test}, {run.seconds:.0f} s, {len(lines)} files{end}")
    return found


def _lines(folder: Path, root: Path) -> dict[str, list[int]]:
    """Lines by file, of all processes that left data in the folder."""
    data: Any = require("coverage", extra="mutants")
    found: dict[str, set[int]] = {}
    for path in folder.glob("data.*"):
        part = data.CoverageData(str(path))
        part.read()
        for name in part.measured_files():
            if lines := part.lines(name):
                found.setdefault(Path(name).relative_to(root).as_posix(), set()).update(lines)
    return {name: sorted(lines) for name, lines in sorted(found.items())}


def digest(path: Path) -> str:
    """Of a file's content, short."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def read_map(path: Path) -> dict[str, Measured]:
    """A kept measurement; empty where there is none.

    Raises:
        InputError: it is damaged.
    """
    if not path.is_file():
        return {}
    try:
        rows = json.loads(read_limited(path, _LIMIT))
        return {name: Measured(**row) for name, row in rows.items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise InputError(f"{path} is damaged ({error}); remove it, and measure again.") from error


def write_map(path: Path, measured: Mapping[str, Measured]) -> None:
    """Keeps a measurement."""
    rows = {name: asdict(item) for name, item in sorted(measured.items())}
    write_atomically(path, json.dumps(rows, separators=(",", ":")).encode())


def choose(
    mutant: Mutant,
    root: Path,
    measured: Mapping[str, Measured],
    most: float,
    *,
    without: Collection[str] = (),
) -> Chosen:
    """The test files that cover a change, in the order in which they are asked.

    First those that are called like its file or target, then those that name its module, then those about its
    room; of each the cheapest first, or as the table of rooms has them.

    Args:
        mutant: the change.
        root: of a tree without it.
        measured: by test file.
        most: seconds that the chosen ones may take in all; at least one is chosen.
        without: test files that fail also in the tree as it is.
    """
    lines = set(_statement(mutant, (root / mutant.file).read_bytes()))
    own = {test: place for place, test in enumerate(own_tests(root, mutant.room))}
    ranks: dict[str, int] = {}
    for path in root.glob("tests/**/test_*.py"):
        test = path.relative_to(root).as_posix()
        names = _names(path, mutant.file)
        found = measured.get(test)
        if found is None or not mutant.file.endswith(".py"):
            covers = (test in own or names) and (found is None or found.passed)
        elif mutant.file not in found.lines or not found.passed:
            covers = False
        else:
            same = found.sources[mutant.file] == digest(root / mutant.file)
            covers = not same or bool(lines & set(found.lines[mutant.file]))
        if covers and test not in without:
            ranks[test] = (
                0 if _called(path, mutant.file) else 1 if names else 2 if test in own else 3
            )

    def cost(test: str) -> float:
        if test in measured:
            return measured[test].seconds
        return SLOW if test.startswith(_SLOW) else UNMEASURED

    def order(test: str) -> tuple[bool, int, float, int, str]:
        return cost(test) > most, ranks[test], cost(test), own.get(test, len(own)), test

    ordered = sorted(ranks, key=order)
    taken: list[str] = []
    total = 0.0
    for test in ordered:
        if not taken or total + cost(test) <= most:
            taken.append(test)
            total += cost(test)
    return Chosen(tuple(taken), tuple(test for test in ordered if test not in taken), total)


def _called(test: Path, file: str) -> bool:
    """Whether a test file is called like a source file or its target, or lies in its target's folder."""
    path = PurePosixPath(file)
    _, _, inside = path.parent.as_posix().partition("/targets/")
    target = inside.partition("/")[0]
    in_folder = test.parent.name == target and test.parent.parent.name == "targets"
    return in_folder or test.stem.removeprefix("test_") in {path.stem, target}


def _names(test: Path, file: str) -> bool:
    """Whether a test file names a module, or, of C, the file."""
    stem = PurePosixPath(file).stem
    if not file.endswith(".py"):
        return stem in test.stem
    parts = PurePosixPath(file).with_suffix("").parts
    first = next(place for place, part in enumerate(parts) if part.startswith("neurolite_"))
    module = ".".join(parts[first:]).removesuffix(".__init__")
    return re.search(rf"{re.escape(module)}\b", test.read_text("utf-8")) is not None


def _statement(mutant: Mutant, content: bytes) -> range:
    """Lines of the statement that changes, or of its head where it has a body."""
    lines = mutant.lines(content)
    if not mutant.file.endswith(".py"):
        return lines
    found = lines
    for node in ast.walk(ast.parse(content)):
        if isinstance(node, ast.stmt) and node.end_lineno is not None:
            body = getattr(node, "body", None)
            end = body[0].lineno - 1 if body else node.end_lineno
            if node.lineno <= lines.start <= max(end, node.lineno):
                found = range(node.lineno, max(end, lines.stop - 1, node.lineno) + 1)
    return found
