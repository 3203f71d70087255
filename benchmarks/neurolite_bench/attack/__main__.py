"""What do damaged and hostile files do to us? ``python -m neurolite_bench.attack --help``."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from neurolite_bench.attack.material import Material
from neurolite_bench.attack.outcomes import Tally
from neurolite_bench.attack.running import attack
from neurolite_bench.attack.summary import terminal_table
from neurolite_bench.attack.table import KINDS
from neurolite_bench.results import RESULTS, write_result
from neurolite_core.ground.checks import require_choice, require_range
from neurolite_core.ground.command_line import EXIT_REFUSED, App, exit_codes, say
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.terminal import SafeConsole

RESULT: Final = RESULTS / "attack.json"
_RUNTIMES: Final = ("onnxruntime", "ai-edge-litert", "executorch")
_SHORT: Final = 200  # texts of a thread where time is short

app = App(add_completion=False, rich_markup_mode="rich")


@app.command()
def main(
    kinds: Annotated[
        list[str] | None,
        typer.Option(help=f"One of: {', '.join(KINDS)}; may be repeated. (default: all)"),
    ] = None,
    seed: Annotated[int, typer.Option(help="Equal seeds make equal attempts.")] = 0,
    count: Annotated[
        int, typer.Option(help="Attempts of each kind at most, 1 to 1,000,000.")
    ] = 2000,
    seconds: Annotated[
        float | None,
        typer.Option(
            help="For all kinds together, 1 to 86,400; one attempt of each is made in any case."
        ),
    ] = None,
    texts: Annotated[
        int | None,
        typer.Option(help="Of each of the 8 threads. (default: 10,000; with --seconds 200)"),
    ] = None,
    models: Annotated[
        Path | None,
        typer.Option(help="Folder to keep the files that are attacked in, for the next time."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help=f"JSON to write, such as {RESULT}; kinds that were not tried stay as they are in it."
        ),
    ] = None,
    unsealed: Annotated[
        bool,
        typer.Option(
            "--unsealed", help="Open what is damaged as well: the counters must then count."
        ),
    ] = False,
    json_out: Annotated[
        bool, typer.Option("--json", help="Print the result as JSON, nothing else.")
    ] = False,
) -> None:
    """Damage files anew, by a seed, and count what they do to what reads them.

    A mini model is exported to every target that is installed. Its files, and all else that is read back, are
    flipped, cut, added to, sealed anew, lied in, replaced by what is no file; commands get bad streams and signals;
    threads share sessions. Whatever opens a file does so in a child process, which may crash (counted) or hang (after
    20 s, counted).

    Exit codes: 0 none crashed, hung, gave a traceback or silently something else; 1 some did, but for what the
    documents say of resealed .tflite and .pte files; 2 wrong usage.

    Examples:
      python -m neurolite_bench.attack --seconds 120

      python -m neurolite_bench.attack --kinds onnx --kinds graphs --count 500 --seed 7
    """
    with exit_codes():
        for name in kinds or ():
            require_choice("--kinds", name, KINDS)
        require_range("--count", count, 1, 1_000_000)
        require_range("--texts", 1 if texts is None else texts, 1, 1_000_000)
        if seconds is not None and not 1 <= seconds <= 86_400:
            raise InputError(f"--seconds is {seconds}; give a number from 1 to 86,400.")
        texts = texts or (10_000 if seconds is None else _SHORT)
        names = list(dict.fromkeys(kinds or KINDS))
        with _folder(models) as folder, _progress() as progress:
            task = progress.add_task("", total=None)
            tallies = list(
                attack(
                    names,
                    Material(folder),
                    seed=seed,
                    count=count,
                    seconds=seconds,
                    unsealed=unsealed,
                    texts=texts,
                    tell=lambda kind, done: progress.update(task, description=f"{kind}: {done:,}"),
                )
            )
        result = _result(tallies, seed, texts)
        if out is not None:
            write_result(out, _merged(out, result))
        _show(tallies, result, as_json=json_out)
        raise typer.Exit(EXIT_REFUSED if any(tally.faults for tally in tallies) else 0)


def _result(tallies: list[Tally], seed: int, texts: int) -> dict[str, Any]:
    return {
        "benchmark": "attack",
        "seed": seed,
        "texts_a_thread": texts,
        "runtimes": {name: found for name in _RUNTIMES if (found := _version(name))},
        "kinds": [tally.to_json() for tally in tallies],
    }


def _merged(out: Path, result: dict[str, Any]) -> dict[str, Any]:
    """The new kinds in the place of the old ones of the same names."""
    try:
        before = json.loads(out.read_text("utf-8"))["kinds"]
    except (OSError, ValueError, KeyError, TypeError):
        before = []
    rows = {row["kind"]: row for row in [*before, *result["kinds"]] if row["kind"] in KINDS}
    return result | {"kinds": [rows[name] for name in KINDS if name in rows]}


def _show(tallies: list[Tally], result: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(result, indent=2, ensure_ascii=False))
        return
    SafeConsole().print(terminal_table(tallies))
    for tally in tallies:
        if tally.left_out:
            say(f"{tally.kind} was not tried: {tally.left_out}")
        for found in tally.problems:
            if found.outcome not in tally.allowed:
                say(f"{tally.kind}, {found.case}: {found.outcome.value}. {found.said}")


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


@contextmanager
def _folder(given: Path | None) -> Iterator[Path]:
    if given is not None:
        given.mkdir(parents=True, exist_ok=True)
        yield given.absolute()
        return
    with tempfile.TemporaryDirectory(prefix="neurolite-attacked-") as name:
        yield Path(name)


@contextmanager
def _progress() -> Iterator[Progress]:
    console = SafeConsole(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(
        *columns, console=console, disable=not console.is_terminal, transient=True
    ) as bar:
        yield bar


if __name__ == "__main__":
    app()
