"""The learning rate of a backbone, chosen on validation rows, and the run that goes by it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from neurolite_bench.backbones.training import Run, measure, train
from neurolite_bench.results import fingerprint


def best_run(
    run: Run,
    rates: Sequence[float | None],
    data: Path,
    work: Path,
    tell: Callable[[str], None],
) -> dict[str, Any]:
    """Trains with each rate, and exports and measures the one that is best on validation rows, of equal ones the first.

    Args:
        run: its own rate does not count.
        rates: to try.
        data: folder of the data sets.
        work: folder of checkpoints and files.
        tell: is told of each training.

    Returns:
        An entry of the result.

    Raises:
        InputError: a command refused its input.
    """
    tried: list[tuple[Run, dict[str, Any]]] = []
    for rate in rates:
        own = replace(run, rate=rate)
        facts = train(own, data, work)
        tried.append((own, facts))
        tell(
            f"{run.row}, {run.name}, seed {run.seed}, rate {rate}: validation {facts['validation_accuracy']:.2%}, "
            f"{facts['seconds']:.0f} s"
        )
    chosen, facts = best(tried)
    rates_tried = {str(own.rate): said["validation_accuracy"] for own, said in tried}
    return entry(chosen, facts, rates_tried) | measure(chosen, data, work)


def best(tried: Sequence[tuple[Run, dict[str, Any]]]) -> tuple[Run, dict[str, Any]]:
    """The training with the best validation accuracy, of equal ones the first; its run and what ``train`` gave."""
    return max(tried, key=lambda item: float(item[1]["validation_accuracy"]))


def entry(run: Run, facts: dict[str, Any], rates: dict[str, float]) -> dict[str, Any]:
    """A run's entry without what is measured of its file.

    Args:
        run: what was trained.
        facts: of ``train``.
        rates: validation accuracy by learning rate, of all that were tried.
    """
    trained_on = torch.cuda.get_device_name(0) if torch.cuda.is_available() else "processor"
    return {
        "row": run.row,
        "set": run.name,
        "seed": run.seed,
        "rate": run.rate,
        "rates": rates,
        **facts,
        "trained_on": trained_on,
        "environment": fingerprint(),
    }
