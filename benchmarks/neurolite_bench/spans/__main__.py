"""``python -m neurolite_bench.spans``: accuracy beside a CRF, and what finding spans costs."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Annotated, Final

import typer

from neurolite_bench.quality_sets import data_folder
from neurolite_bench.quality_store import OURS, add_run
from neurolite_bench.results import RESULTS, write_result
from neurolite_bench.spans.cost import measure_cost
from neurolite_bench.spans.measuring import run_crf, run_ours
from neurolite_bench.spans.rows import SET
from neurolite_bench.spans.table import CRF, TAUGHT
from neurolite_core.ground.checks import require_choice, require_range
from neurolite_core.ground.command_line import exit_codes
from neurolite_core.ground.errors import InputError

MODELS: Final = (OURS, TAUGHT, CRF)
BENCHMARK: Final = "spans"

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.command()
def accuracy(
    data: Annotated[Path | None, typer.Option(help="Folder of the data sets.")] = None,
    models: Annotated[
        list[str] | None, typer.Option("--model", help=f"May be repeated: {', '.join(MODELS)}.")
    ] = None,
    seeds: Annotated[
        list[int] | None, typer.Option("--seed", help="Of ours; may be repeated.")
    ] = None,
    options: Annotated[
        str, typer.Option("--options", help="More of neurolite-train, such as '--epochs 5'.")
    ] = "",
    keep: Annotated[Path | None, typer.Option(help="Keep checkpoints and files here.")] = None,
    out: Annotated[Path, typer.Option(help="JSON to add to.")] = RESULTS / "spans.json",
) -> None:
    """Train on snips_slots and measure on its test texts."""
    with exit_codes():
        chosen = models or [OURS, CRF]
        for model in chosen:
            require_choice("--model", model, MODELS)
        if TAUGHT in chosen and "--teacher" not in options.split():
            raise InputError(
                f"--model {TAUGHT} learns from a teacher; name it: --options '--teacher FOLDER'"
            )
        folder = data_folder(data)
        if CRF in chosen:
            add_run(out, SET, CRF, run_crf(folder, 0), BENCHMARK)
        own = [model for model in chosen if model != CRF]
        for model, seed in product(own, seeds or [0, 1, 2]):
            found = run_ours(folder, seed, options.split(), keep)
            add_run(out, SET, model, found, BENCHMARK)
            typer.echo(
                f"{model}, seed {seed}: F1 {100 * found['f1']:.2f}, misspelt {100 * found['typos_f1']:.2f}"
            )


@app.command()
def cost(
    rounds: Annotated[int, typer.Option(help="How often all are timed in turn.")] = 15,
    out: Annotated[Path, typer.Option(help="JSON to write.")] = RESULTS / "spans_cost.json",
) -> None:
    """Time a joint model beside the same classifier; needs the native library (neurolite-ops build)."""
    with exit_codes():
        require_range("--rounds", rounds, 1, 1_000)
        write_result(out, {"benchmark": "spans_cost", "cost": measure_cost(rounds)})


if __name__ == "__main__":
    app()
