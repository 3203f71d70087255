"""What a person sees of a search, and what it says as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from neurolite_bench.searching.evaluating import PARTS
from neurolite_bench.searching.run import Search, Trial, trained_trials
from neurolite_bench.searching.timing import WORDS


class Watching:
    """A live line of trials, or a plain line for each where there is no terminal.

    Args:
        console: where to.
        trials: that are to be trained.
    """

    def __init__(self, console: Console, trials: int) -> None:
        self._console = console
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[figures]}", markup=False),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task("trials", total=trials, figures="")
        self._best = 0.0

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def trial(self, trial: Trial, trained: int, refused: int) -> None:
        """As ``run.Listener`` has it."""
        self._best = max(self._best, trial.accuracy)
        figures = f"best {self._best:.1%}  {refused:,} over a limit"
        self._progress.update(self._task, completed=trained, figures=figures)
        if trial.budget:
            self._console.print(f"{trial.number:>5}  {line_of(trial)}", soft_wrap=True)

    def finishing(self, what: str, names: list[str]) -> None:
        """As ``run.Listener`` has it."""
        self._console.print(f"{what}: {', '.join(names)}", soft_wrap=True)


def line_of(trial: Trial) -> str:
    """A trial in one line."""
    time = trial.figures.milliseconds
    timed = "" if time is None else f"  {time:.3f} ms"
    return (
        f"{trial.config_name}  {trial.accuracy:.2%} with a budget of {trial.budget}  "
        f"{trial.figures.megabytes:.2f} MB{timed}"
    )


def front_table(front: Sequence[Trial]) -> Table:
    """A row for each of the front, the smallest file first."""
    table = Table(box=None, pad_edge=False)
    table.add_column("checkpoint", no_wrap=True)
    for name in ("accuracy", "MB", "ms"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("shape")
    for trial in front:
        time = trial.figures.milliseconds
        table.add_row(
            trial.config_name,
            f"{trial.accuracy:.2%}",
            f"{trial.figures.megabytes:.2f}",
            "-" if time is None else f"{time:.3f}",
            shape_text(trial),
        )
    return table


def shape_text(trial: Trial) -> str:
    """A configuration in few words; the rest stands in its ``config.json``."""
    config = trial.config
    return (
        f"{config.table_size} x {config.projection_size}, {config.num_hashes} hashes, "
        f"{config.hidden_size} channels, {getattr(config.backbone_options, 'num_layers', 0)} layers"
    )


def figures_of(search: Search, front: Sequence[Trial]) -> dict[str, Any]:
    """All of it, for JSON."""
    ground = search.ground
    return {
        "front": [
            {
                **_point(trial),
                "config": json.loads(trial.config.to_json()),
                "checkpoint": str(ground.places.front / trial.config_name),
            }
            for trial in front
        ],
        "tried": [_point(trial) for trial in trained_trials(search.found)],
        "over_a_limit": search.refused,
        "budgets": list(search.budgets),
        "budget_unit": f"texts / {PARTS}" if ground.closed_form else "epochs",
        "words": WORDS if ground.timed else None,
        "refused_exports": {
            trial.config_name: trial.figures.refused
            for trial in trained_trials(search.found)
            if trial.figures.refused
        },
    }


def _point(trial: Trial) -> dict[str, Any]:
    return {
        "name": trial.config_name,
        "trial": trial.number,
        "accuracy": trial.accuracy,
        "budget": trial.budget,
        "megabytes": trial.figures.megabytes,
        "milliseconds": trial.figures.milliseconds,
        "exported": trial.figures.exported,
    }
