"""``python -m neurolite_bench.backbones``: fills benchmarks/results/backbones.json, and docs/backbones.md from it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Final

import typer

from neurolite_bench.backbones.choosing import best_run
from neurolite_bench.backbones.files import build_files
from neurolite_bench.backbones.rows import CLOSED, COMPARED, RATES, ROWS, RUNTIMES
from neurolite_bench.backbones.speed import measure_speed, time_steps
from neurolite_bench.backbones.store import RESULT, add_part, add_runs, read_result
from neurolite_bench.backbones.training import Run
from neurolite_bench.quality_sets import data_folder
from neurolite_core.ground.checks import require_choice, require_range
from neurolite_core.ground.command_line import exit_codes

_MOST_SEED: Final = 2**31 - 1
DEFAULT_WORK: Final = Path("build/backbones")
Work = Annotated[Path, typer.Option(help="Folder of the files; what is there is taken.")]
Target = Annotated[list[str] | None, typer.Option(help=f"Of {', '.join(RUNTIMES)}; else all.")]
Out = Annotated[Path, typer.Option(help="JSON to add to.")]

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.command()
def train(
    row: Annotated[str, typer.Argument(help=f"One of: {'; '.join(ROWS)}.")],
    sets: Annotated[list[str], typer.Argument(help=f"Of {', '.join(COMPARED)}.")],
    seed: Annotated[int, typer.Option(help="Of the training.")] = 0,
    rate: Annotated[
        list[float] | None,
        typer.Option(
            help=f"Learning rate; of several, such as {', '.join(map(str, RATES))}, validation rows choose."
        ),
    ] = None,
    accelerator: Annotated[str, typer.Option(help="Of neurolite-train.")] = "cpu",
    data: Annotated[Path | None, typer.Option(help="Folder of the data sets.")] = None,
    keep: Annotated[Path | None, typer.Option(help="Keep checkpoints and files here.")] = None,
    out: Out = RESULT,
) -> None:
    """Train a row on data sets, export to int8 ONNX with its gates, and measure the file."""
    with exit_codes(), tempfile.TemporaryDirectory() as temporary:
        require_choice("ROW", row, ROWS)
        require_range("--seed", seed, 0, _MOST_SEED)
        for name in sets:
            require_choice("SETS", name, COMPARED)
        machine = ("--accelerator", accelerator, "--precision", "float32")
        rates = [None] if row == CLOSED else list(rate or RATES[:1])
        for name in sets:
            run = Run(row, name, seed, None, machine)
            found = best_run(run, rates, data_folder(data), keep or Path(temporary), typer.echo)
            add_runs(out, [found])
            refused = f", refused: {'; '.join(found['refused'])}" if found["refused"] else ""
            typer.echo(f"{row}, {name}, seed {seed}: test {found['accuracy']:.2%} in int8{refused}")


@app.command()
def collect(
    files: Annotated[list[Path], typer.Argument(help="Results of 'train' from other machines.")],
    out: Out = RESULT,
) -> None:
    """Join results into one."""
    with exit_codes():
        for file in files:
            add_runs(out, read_result(file)["runs"])


@app.command()
def sizes(work: Work = DEFAULT_WORK, target: Target = None, out: Out = RESULT) -> None:
    """Build the files of every backbone in int8, with random weights, and say how large they are."""
    with exit_codes():
        add_part(out, "sizes", build_files(work, _targets(target), typer.echo))


@app.command()
def speed(
    work: Work = DEFAULT_WORK,
    target: Target = None,
    rounds: Annotated[int, typer.Option(help="How often all are timed in turn.")] = 9,
    out: Out = RESULT,
) -> None:
    """Time these files in turn, on one thread."""
    with exit_codes():
        require_range("--rounds", rounds, 1, 1_000)
        targets = _targets(target)
        build_files(work, targets, lambda _: None)
        add_part(out, "speed", measure_speed(work, targets, rounds, typer.echo))


@app.command()
def steps(
    rounds: Annotated[int, typer.Option(help="How often all are timed in turn.")] = 5,
    out: Out = RESULT,
) -> None:
    """Time a step of training on one core."""
    with exit_codes():
        require_range("--rounds", rounds, 1, 1_000)
        add_part(
            out, "speed", {name: {"step_ms": each} for name, each in time_steps(rounds).items()}
        )


def _targets(given: list[str] | None) -> list[str]:
    for name in given or ():
        require_choice("--target", name, RUNTIMES)
    return list(given or RUNTIMES)


if __name__ == "__main__":
    app()
