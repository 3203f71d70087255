"""Do the tests notice a fault? ``python -m neurolite_bench.mutants --help``."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console

from neurolite_bench.mutants.covering import measure, read_map, write_map
from neurolite_bench.mutants.drawing import draw
from neurolite_bench.mutants.faults import fault_of, read_rows
from neurolite_bench.mutants.records import Mutant, Outcome
from neurolite_bench.mutants.rooms import ROOMS
from neurolite_bench.mutants.running import ask_all
from neurolite_bench.mutants.stored import RESULT, known, start_again, store
from neurolite_bench.mutants.testing import Tester
from neurolite_bench.mutants.tree import commit_of, copy_tree
from neurolite_bench.mutants.warm import EXPORTERS, PRELOADED
from neurolite_core.ground.checks import require_choice, require_range
from neurolite_core.ground.command_line import exit_codes
from neurolite_core.ground.errors import InputError

MAP: Final = Path("build/mutants/coverage.json")
SUITES: Final = ("new", "old")
_CHECKOUT: Final = Path()
_EXPORTING: Final = ("export", "runtimes")

app = typer.Typer(add_completion=False, help=__doc__)

Room = Annotated[
    list[str] | None, typer.Option("--room", help=f"One of: {', '.join(ROOMS)}; repeatable.")
]
Only = Annotated[list[str] | None, typer.Option("--only", help="An id; repeatable.")]
Revision = Annotated[
    str | None, typer.Option("--revision", help="A commit; by default the files as they are.")
]
Suite = Annotated[str, typer.Option("--suite", help="Column of the result: new or old.")]
MapFile = Annotated[Path, typer.Option("--map", help="Which tests run which lines.")]
Most = Annotated[
    float, typer.Option("--most", help="Seconds of tests that are started for a change at most.")
]
Processes = Annotated[int, typer.Option("--processes", help="Trees beside each other.")]
Missing = Annotated[bool, typer.Option("--missing", help="Only those that the result lacks.")]
Out = Annotated[Path, typer.Option("--out", help="The result, to which outcomes are added.")]


@contextmanager
def _tree(revision: str | None) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="neurolite-tree-") as name:
        root = Path(name, "tree")
        copy_tree(_CHECKOUT, root, revision)
        yield root


def _wanted(mutants: list[Mutant], only: list[str] | None, rooms: list[str] | None) -> list[Mutant]:
    for room in rooms or ():
        require_choice("--room", room, ROOMS)
    for name in only or ():
        require_choice("--only", name, [mutant.id for mutant in mutants])
    return [
        mutant
        for mutant in mutants
        if (not only or mutant.id in only) and (not rooms or mutant.room in rooms)
    ]


def _ask(
    kind: str,
    mutants: list[Mutant],
    lines: dict[str, int],
    *,
    revision: str | None,
    suite: str,
    map_file: Path,
    most: float,
    processes: int,
    out: Path,
) -> None:
    require_choice("--suite", suite, SUITES)
    require_range("--processes", processes, 1, 64)
    console, commit = Console(), commit_of(_CHECKOUT, revision)
    count = 0

    def found(mutant: Mutant, outcome: Outcome) -> None:
        nonlocal count
        count += 1
        store(kind, suite, commit, mutant, lines[mutant.id], outcome, out)
        console.print(
            f"{count} of {len(mutants)} {mutant.id} {outcome.outcome} {outcome.by} "
            f"({outcome.seconds:.0f} s, {outcome.files} files, {outcome.left_out} left out)",
            markup=False,
            soft_wrap=True,
        )

    exporters = EXPORTERS if any(mutant.room in _EXPORTING for mutant in mutants) else ()
    ask_all(
        _CHECKOUT,
        revision,
        mutants,
        read_map(map_file),
        found,
        most=most,
        processes=processes,
        preloaded=(*PRELOADED, *exporters),
    )


@app.command()
def faults(
    room: Room = None,
    only: Only = None,
    revision: Revision = None,
    suite: Suite = "new",
    map_file: MapFile = MAP,
    most: Most = 600.0,
    processes: Processes = 1,
    missing: Missing = False,
    out: Out = RESULT,
) -> None:
    """Put in the faults of the list, one at a time, and run the tests that cover them."""
    with exit_codes(), _tree(revision) as root:
        rows = [row for row in read_rows() if suite == "new" or "old_why" not in row]
        mutants, problems = _faults(rows, root, old=suite == "old")
        chosen = _wanted(mutants, only, room)
        if missing:
            have = known("faults", suite, out)
            chosen = [mutant for mutant in chosen if mutant.id not in have]
        _ask(
            "faults",
            chosen,
            _first_lines(chosen, root),
            revision=revision,
            suite=suite,
            map_file=map_file,
            most=most,
            processes=processes,
            out=out,
        )
        if problems:
            raise InputError("Not asked, as they cannot be put in:\n" + "\n".join(problems))


def _faults(
    rows: list[dict[str, Any]], root: Path, *, old: bool = False
) -> tuple[list[Mutant], list[str]]:
    """Those that can be put in, and what is wrong with the others."""
    mutants, problems = [], []
    for row in rows:
        try:
            mutants.append(fault_of(row, root, old=old))
        except InputError as error:
            problems.append(str(error))
    return mutants, problems


@app.command()
def drawn(
    count: Annotated[int, typer.Option("--count", help="Of all rooms together.")] = 100,
    seed: Annotated[int, typer.Option("--seed", help="Of the choice.")] = 0,
    room: Room = None,
    only: Only = None,
    revision: Revision = None,
    map_file: MapFile = MAP,
    most: Most = 600.0,
    processes: Processes = 1,
    missing: Missing = False,
    out: Out = RESULT,
) -> None:
    """Draw changes over all rooms, and run the tests that cover them."""
    with exit_codes(), _tree(revision) as root:
        require_range("--count", count, 1, 100_000)
        chosen = _wanted(draw(root, count, seed), only, room)
        if missing:
            have = known("drawn", "new", out)
            chosen = [mutant for mutant in chosen if mutant.id not in have]
        elif not only and not room:
            start_again("drawn", out)
        _ask(
            "drawn",
            chosen,
            _first_lines(chosen, root),
            revision=revision,
            suite="new",
            map_file=map_file,
            most=most,
            processes=processes,
            out=out,
        )


def _first_lines(mutants: list[Mutant], root: Path) -> dict[str, int]:
    return {mutant.id: mutant.lines((root / mutant.file).read_bytes()).start for mutant in mutants}


@app.command("map")
def measure_map(
    tests: Annotated[list[str] | None, typer.Argument(help="Test files; all by default.")] = None,
    revision: Revision = None,
    map_file: MapFile = MAP,
) -> None:
    """Measure which test files run which lines; what was measured before of others is kept."""
    with exit_codes(), _tree(revision) as root:
        known = [
            path.relative_to(root).as_posix() for path in sorted(root.glob("tests/**/test_*.py"))
        ]
        for test in tests or ():
            require_choice("TESTS", test, known)
        measured = read_map(map_file)
        with Tester(root, _CHECKOUT.absolute(), (*PRELOADED, *EXPORTERS)) as tester:
            for test in tests or known:
                measured |= measure(tester, [test], typer.echo)
                write_map(map_file, measured)


@app.command()
def check(revision: Revision = None) -> None:
    """Only see whether every fault of the list can be put in."""
    with exit_codes(), _tree(revision) as root:
        _, problems = _faults(read_rows(), root)
        if problems:
            raise InputError("\n".join(problems))
        typer.echo(f"All {len(read_rows())} faults can be put in.")


if __name__ == "__main__":
    app()
