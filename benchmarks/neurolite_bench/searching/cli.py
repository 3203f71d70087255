"""``neurolite-search``: labelled texts and limits to the models that are worth having."""

from __future__ import annotations

import shlex
import time
from pathlib import Path
from typing import Annotated, Final

import typer

from neurolite_bench.searching.asking import begun, space_of
from neurolite_bench.searching.front import settle, write_front
from neurolite_bench.searching.places import write_json
from neurolite_bench.searching.run import Search, Trial
from neurolite_bench.searching.showing import Watching, figures_of, front_table
from neurolite_bench.searching.space import choices_of
from neurolite_bench.searching.study import evolution, require_optuna
from neurolite_bench.searching.timing import WORDS
from neurolite_bench.searching.workers import workers_of
from neurolite_core.data.hub import HUB, offline_unless_named
from neurolite_core.ground.checks import require_range
from neurolite_core.ground.command_line import App, exit_codes, print_version
from neurolite_core.ground.configurable import Effective, configurable
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.extras import require
from neurolite_core.ground.files import require_writable, write_atomically
from neurolite_core.ground.home import leave_nothing
from neurolite_core.ground.locks import locked
from neurolite_core.ground.options import OneCall
from neurolite_core.ground.places import Place
from neurolite_core.ground.streams import note_written
from neurolite_core.ground.terminal import SafeConsole, json_text
from neurolite_core.ground.threads import share_processors
from neurolite_core.network.backbones.table import BACKBONES
from neurolite_core.network.settings import SET_HELP
from neurolite_core.training.options import MAX_SEED, MOST_MINUTES

_MOST_TRIALS: Final = 100_000
_MOST_JOBS: Final = 1_024
_DATA = Place(HUB)

app = App(add_completion=False, rich_markup_mode="rich")


@app.command()
@configurable("neurolite-search")
def main(
    effective: Effective,
    data: Annotated[
        list[str],
        typer.Argument(
            help="Labelled texts: .csv, .tsv, .jsonl or .parquet (also .gz), or hf:NAME.",
            metavar="DATA...",
        ),
        _DATA,
    ],
    out: Annotated[Path, typer.Option(help="Folder for the front's checkpoints and the search.")],
    max_mb: Annotated[
        float | None,
        typer.Option(
            help="Megabytes (10^6 bytes) that the int8 ONNX file may take. (default: any)"
        ),
    ] = None,
    max_ms: Annotated[
        float | None,
        typer.Option(
            help=f"Milliseconds that it may take for a text of {WORDS} words, on one thread of this machine. (default: any)"
        ),
    ] = None,
    backbones: Annotated[
        str, typer.Option(help=f"Which are tried, with commas between: {', '.join(BACKBONES)}.")
    ] = "mixer",
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help=f"Not searched: {SET_HELP}", metavar="NAME=VALUE"),
    ] = None,
    trials: Annotated[
        int, typer.Option(help="Configurations that are trained at all, 1 to 100,000.")
    ] = 48,
    minutes: Annotated[
        float | None,
        typer.Option(
            help="Time after which no other is begun; the front is still finished. Up to 43,200."
        ),
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option(
            help="Passes over DATA of the best third of the best third; others get a third or a ninth. "
            "(default: as neurolite-train; 0 solves reservoirs in closed form, of parts of DATA)"
        ),
    ] = None,
    jobs: Annotated[int, typer.Option(help="Processes that train side by side, 1 to 1,024.")] = 1,
    seed: Annotated[
        int, typer.Option(help="Of what is drawn, and of trainings, 0 to 2^31 - 1.")
    ] = 0,
    validation: Annotated[
        str | None,
        typer.Option(help="File, or share of DATA, that accuracy is of. (default: 0.1)"),
        _DATA,
    ] = None,
    text_column: Annotated[str | None, typer.Option(help="Name or number; else guessed.")] = None,
    label_column: Annotated[str | None, typer.Option(help="Name or number; else guessed.")] = None,
    delimiter: Annotated[
        str | None,
        typer.Option(
            help="What separates columns of .csv and .tsv; else seen.", metavar="CHARACTER"
        ),
    ] = None,
    skip_bad_rows: Annotated[
        bool, typer.Option(help="Leave out rows that cannot be used, instead of stopping.")
    ] = False,
    timed: Annotated[
        bool,
        typer.Option(
            "--ms/--no-ms",
            help="Measure milliseconds, which takes an export of each shape; without, size and accuracy count.",
        ),
    ] = True,
    exports: Annotated[
        bool,
        typer.Option(
            "--export/--no-export",
            help="Export the front in int8; without, megabytes stay those of the formula.",
        ),
    ] = True,
    pictures: Annotated[
        bool, typer.Option(help="Draw the front; without, matplotlib is not needed.")
    ] = True,
    accelerator: Annotated[str, typer.Option(help="auto, cpu or gpu, to train on.")] = "auto",
    restart: Annotated[
        bool, typer.Option("--restart", help="Forget an interrupted search."), OneCall()
    ] = False,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Print the figures as JSON, nothing else."),
        OneCall(),
    ] = False,
    version: Annotated[
        bool,
        typer.Option("--version", callback=print_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Search the models that are worth having: labelled texts and limits to checkpoints, a table and a picture.

    Configurations are drawn by evolution (NSGA-II). What would be larger than --max-mb or slower than --max-ms is not
    trained. The others are trained a little, the best third of them more, and the best third of those in full. What no
    other beats in accuracy, size and time at once is the front: trained in full, exported, measured, and written to
    [b]OUT/front[/b]. Run the same command again after an interruption, and it goes on.

    Exit codes: 0 found; 2 wrong usage or input, or standard output cannot be written; 130 interrupted,
    143 terminated.

    Examples:
      neurolite-search train.csv --max-mb 1 --max-ms 0.5 --out found/

      neurolite-search train.csv --backbones mixer,hypermixer,ssm --trials 100 --jobs 8 --out found/

      neurolite-search train.csv --backbones reservoir --epochs 0 --no-ms --no-export --out found/
    """
    with exit_codes():
        offline_unless_named(*data, validation)
        leave_nothing()
        require_range("--trials", trials, 1, _MOST_TRIALS)
        require_range("--jobs", jobs, 1, _MOST_JOBS)
        require_range("--seed", seed, 0, MAX_SEED)
        _require_above_zero("--max-mb", max_mb, 1_000)
        _require_above_zero("--max-ms", max_ms, 1_000_000)
        _require_above_zero("--minutes", minutes, MOST_MINUTES)
        require_optuna()
        if pictures:
            require("matplotlib", extra="report")
        space = space_of(effective)
        share_processors(jobs)
        require_writable(out)
        console = SafeConsole(stderr=True)
        with locked(out, "neurolite-search", "searches in"):
            ground, most = begun(effective, space, console)
            until = None if minutes is None else time.monotonic() + 60 * minutes
            with Watching(console, trials) as watching, workers_of(ground, jobs) as workers:
                search = Search(
                    ground=ground,
                    space=space,
                    most=most,
                    trials=trials,
                    until=until,
                    listener=watching,
                )
                objectives = 3 if ground.timed else 2
                with evolution(
                    ground.places.study, choices_of(space), objectives, seed
                ) as evolving:
                    search.run(evolving, workers)
                front = settle(search, workers, exports=exports)
            _write(search, front, effective, pictures=pictures)
        note_written(out)
        _show(search, front, as_json=as_json)


def _write(search: Search, front: list[Trial], effective: Effective, *, pictures: bool) -> None:
    places = search.ground.places
    write_front(search, front)
    write_json(places.result, figures_of(search, front))
    if pictures:
        from neurolite_bench.searching.picture import drawn

        write_atomically(places.picture, drawn(search, front).encode())
    else:
        places.picture.unlink(missing_ok=True)  # of an earlier front
    effective.save(places.out)


def _show(search: Search, front: list[Trial], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json_text(figures_of(search, front), indent=2, sort_keys=True))
        return
    out = SafeConsole()
    out.print(front_table(front))
    best = search.ground.places.front / max(front, key=lambda trial: trial.accuracy).config_name
    out.print()
    out.print(
        f"Next: neurolite-export --checkpoint {shlex.quote(str(best))} --int8",
        soft_wrap=True,  # a line that is to be pasted
    )


def _require_above_zero(name: str, value: float | None, most: float) -> None:
    if value is not None and not 0 < value <= most:
        raise InputError(f"{name} is {value!r}; give a number above 0, up to {most:,}.")
