"""Accuracy of trained models as exported, beside baselines fitted on the same rows.

``python -m neurolite_bench.quality`` trains, exports and measures through the commands that users type,
and adds what it finds to ``benchmarks/results/quality.json``; ``--sets`` and ``--seeds`` do a part of it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from neurolite_bench.baselines import BASELINES
from neurolite_bench.baselines.base import Settings
from neurolite_bench.quality_measure import figures
from neurolite_bench.quality_ours import Training, run_ours
from neurolite_bench.quality_sets import SETS, Task, data_folder, read_task
from neurolite_bench.quality_store import OURS, add_run
from neurolite_bench.results import RESULTS
from neurolite_core.ground.checks import require_choice
from neurolite_core.ground.command_line import EXIT_REFUSED, exit_codes
from neurolite_core.ground.errors import GateError, InputError

SEEDS: Final = "0,1,2"
_COMMAND: Final = "python -m neurolite_bench.quality"


@dataclass(frozen=True, slots=True)
class Job:
    """One entry of the result."""

    model: str
    seed: int
    run: Callable[[Task], dict[str, Any]]


def plan(name: str, models: Sequence[str], seeds: Sequence[int], training: Training) -> list[Job]:
    """What to measure of a set; a baseline without chance in it runs once, with the first seed."""
    jobs: list[Job] = []
    for model in models:
        if model == OURS:
            jobs += [Job(model, seed, _ours(replace(training, seed=seed))) for seed in seeds]
        elif model in SETS[name].baselines:
            tries = seeds if BASELINES[model].seeded else seeds[:1]
            jobs += [Job(model, seed, _baseline(model, seed, training.teacher)) for seed in tries]
    return jobs


def _ours(training: Training) -> Callable[[Task], dict[str, Any]]:
    return lambda task: run_ours(task, training)


def _baseline(model: str, seed: int, teacher: Path | None) -> Callable[[Task], dict[str, Any]]:
    def run(task: Task) -> dict[str, Any]:
        start = time.perf_counter()
        fitted = BASELINES[model].fit(task, Settings(seed, teacher))
        seconds = time.perf_counter() - start
        return {
            **figures(task, fitted.classify),
            "validation_accuracy": fitted.validation_accuracy,
            "size_bytes": fitted.size_bytes,
            "seconds": round(seconds, 1),
            "options": fitted.options,
            "command": f"{_COMMAND} --sets {task.name} --models {model} --seeds {seed}",
        }

    return run


def _names(option: str, given: str, known: list[str]) -> list[str]:
    names = [name.strip() for name in given.split(",")]
    for name in names:
        require_choice(option, name, known)
    return list(dict.fromkeys(names))


def _seeds(given: str) -> list[int]:
    try:
        seeds = [int(seed) for seed in given.split(",")]
    except ValueError as error:
        raise InputError(f"--seeds is {given!r}; give numbers such as {SEEDS}.") from error
    if min(seeds) < 0:
        raise InputError(f"--seeds is {given!r}; give numbers from 0.")
    return list(dict.fromkeys(seeds))


def main(
    sets: Annotated[str, typer.Option(help="Data sets, with commas.")] = ",".join(SETS),
    seeds: Annotated[str, typer.Option(help="Seeds, with commas.")] = SEEDS,
    models: Annotated[
        str, typer.Option(help="What to measure, with commas; ours is called neurolite.")
    ] = ",".join((OURS, *BASELINES)),
    data: Annotated[
        Path | None, typer.Option(help="Folder of the data sets, else $NEUROLITE_DATA.")
    ] = None,
    teacher: Annotated[
        Path | None,
        typer.Option(help="Sentence encoder: to distil from, and for the baseline of embeddings."),
    ] = None,
    baselines_only: Annotated[
        bool, typer.Option("--baselines-only", help="Leave ours out.")
    ] = False,
    models_only: Annotated[
        bool, typer.Option("--models-only", help="Leave the baselines out.")
    ] = False,
    keep: Annotated[
        Path | None, typer.Option(help="Folder for checkpoints and exported files, else they go.")
    ] = None,
    out: Annotated[Path, typer.Option(help="JSON to add to.")] = RESULTS / "quality.json",
    as_json: Annotated[bool, typer.Option("--json", help="Print the runs as JSON lines.")] = False,
) -> None:
    """Train, export and measure each data set, ours and the baselines, and add it to the result."""
    with exit_codes():
        names = _names("--sets", sets, list(SETS))
        chosen = _names("--models", models, [OURS, *BASELINES])
        if baselines_only and models_only:
            raise InputError("--baselines-only and --models-only leave nothing to do.")
        if baselines_only:
            chosen = [model for model in chosen if model != OURS]
        if models_only:
            chosen = [OURS]
        training = Training(data_folder(data), seed=0, teacher=teacher, keep=keep)
        refused = False
        for name in names:
            jobs = plan(name, chosen, _seeds(seeds), training)
            task = read_task(name, training.data)
            for job in jobs:
                typer.echo(f"{name} {job.model}, seed {job.seed}", err=True)
                try:
                    run = {"seed": job.seed, **job.run(task)}
                except GateError as error:  # the other sets and seeds are still worth their time
                    typer.echo(f"Refused: {error}", err=True)
                    refused = True
                    continue
                add_run(out, name, job.model, run)
                _show(name, job, run, as_json=as_json)
        if refused:
            raise typer.Exit(EXIT_REFUSED)


def _show(name: str, job: Job, run: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"set": name, "model": job.model, **run}))
        return
    shown = [f"{name:9} {job.model:10} seed {job.seed}  accuracy {run['accuracy']:.2%}"]
    if "typo_accuracy" in run:
        shown.append(f"with typos {run['typo_accuracy']:.2%}")
    if "oos_auroc" in run:
        shown.append(f"AUROC {run['oos_auroc']:.4f}")
    shown.append(f"{run['size_bytes']:,} bytes")
    typer.echo(", ".join(shown))


if __name__ == "__main__":
    typer.run(main)
