"""Experts beside the dense model that takes the same time: ``python -m neurolite_bench.experts_accuracy``.

Each data set is trained with ``tiny``, without experts, with one (the dense layer of the same width) and with several,
by the same options. Validation rows choose among the several; the choice and the dense one are exported to ONNX int8,
and these two files alone see the test rows.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from types import MappingProxyType
from typing import Annotated, Any, Final

import typer

from neurolite_bench.default_training import JOINED, read_set
from neurolite_bench.quality_ours import EXPORT, TRAIN, measure_files, run_command
from neurolite_bench.quality_sets import Task, data_folder, write_rows
from neurolite_bench.results import RESULTS, write_result
from neurolite_core.ground.checks import require_choice, require_range
from neurolite_core.ground.command_line import exit_codes
from neurolite_core.text.markdown import filled_prose

SETS: Final = ("clinc150", JOINED)
DENSE: Final = "one"
MODELS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "none": (),
        DENSE: ("--experts", "1"),
        "four": ("--experts", "4"),
        "eight": ("--experts", "8"),
        "eight, two a text": ("--experts", "8", "--experts-top", "2"),
    }
)
SEVERAL: Final = tuple(name for name, options in MODELS.items() if options and name != DENSE)


def train(task: Task, options: Sequence[str], seed: int, epochs: int, work: Path) -> Path:
    """The folder of a checkpoint, whose report is on validation rows.

    Raises:
        InputError: the command refused its input.
    """
    for split, rows in (("train", task.train), ("validation", task.validation)):
        write_rows(work / f"{split}.csv", rows.texts, rows.labels)
    command = [TRAIN, str(work / "train.csv"), "--validation", str(work / "validation.csv")]
    command += ["--size", "tiny", "--wide", "off", "--folds", "0", "--no-pictures", "--json"]
    command += ["--epochs", str(epochs), "--seed", str(seed), "--out", str(work / "model")]
    run_command([*command, *options])
    return work / "model"


def tested(task: Task, checkpoint: Path, work: Path) -> dict[str, Any]:
    """The int8 ONNX file on the test rows."""
    export = [EXPORT, "--checkpoint", str(checkpoint), "--int8", "--json", "--out", str(work)]
    (row,) = json.loads(run_command(export))
    return measure_files(task, checkpoint, work / row["file"])


def measure(
    name: str, data: Path, seeds: Sequence[int], epochs: int, folder: Path
) -> dict[str, Any]:
    """Validation accuracy of all models, and test accuracy of two."""
    task = read_set(name, data)
    validated: dict[str, list[float]] = {}
    checkpoints: dict[tuple[str, int], Path] = {}
    for model, options in MODELS.items():
        for seed in seeds:
            work = folder / f"{model.replace(', ', '-').replace(' ', '-')}-{seed}"
            work.mkdir()
            checkpoints[model, seed] = train(task, options, seed, epochs, work)
            report = json.loads((work / "model" / "report.json").read_text("utf-8"))
            validated.setdefault(model, []).append(report["accuracy"])
        typer.echo(f"{name}, {model}: {_percents(validated[model])} on validation rows")
    best = max(SEVERAL, key=lambda model: fmean(validated[model]))
    judged = {
        model: [
            tested(task, checkpoints[model, seed], checkpoints[model, seed].parent)
            for seed in seeds
        ]
        for model in (DENSE, best)
    }
    for model, runs in judged.items():
        typer.echo(
            f"{name}, {model}: {_percents([run['accuracy'] for run in runs])} on test rows, int8"
        )
    return {
        "epochs": epochs,
        "seeds": list(seeds),
        "validation": validated,
        "chosen": best,
        "test": judged,
    }


def accuracy_table(result: dict[str, Any]) -> str:
    """A row per set and model: validation accuracy, and that of test rows where they were looked at."""
    lines = ["| accuracy, % | experts | validation | test, int8 ONNX |", "|---|---|---|---|"]
    for name, found in result["sets"].items():
        for model, shares in found["validation"].items():
            judged = [run["accuracy"] for run in found["test"].get(model, [])]
            chosen = f"**{model}**" if model == found["chosen"] else model
            cells = [name, chosen, _mean(shares), _mean(judged) if judged else "-"]
            lines.append(f"| {' | '.join(cells)} |")
    trained = {(found["epochs"], len(found["seeds"])) for found in result["sets"].values()}
    epochs, seeds = max(trained)
    environment = result["environment"]
    text = (
        f"`tiny` without a wide path, {epochs} passes, {seeds} seed{'s' if seeds > 1 else ''}; validation rows chose the "
        f"number in bold; {environment['measured_at'][:10]}."
    )
    return "\n".join([*lines, "", filled_prose(text)])


def _mean(shares: Sequence[float]) -> str:
    return f"{100 * fmean(shares):.2f}"


def _percents(shares: Sequence[float]) -> str:
    return ", ".join(f"{100 * share:.2f} %" for share in shares)


def main(
    out: Annotated[Path, typer.Option(help="JSON to write.")] = RESULTS / "experts_accuracy.json",
    sets: Annotated[
        list[str] | None, typer.Option("--set", help=f"May be repeated: {', '.join(SETS)}.")
    ] = None,
    epochs: Annotated[int, typer.Option(help="Passes over the rows, 1 to 10,000.")] = 12,
    seeds: Annotated[int, typer.Option(help="Trainings of each model, 1 to 100.")] = 1,
) -> None:
    """Train with and without experts, and judge the choice on test rows once."""
    with exit_codes():
        require_range("--epochs", epochs, 1, 10_000)
        require_range("--seeds", seeds, 1, 100)
        chosen = sets or list(SETS)
        for name in chosen:
            require_choice("--set", name, SETS)
        found = {}
        for name in chosen:
            with tempfile.TemporaryDirectory() as folder:
                found[name] = measure(name, data_folder(None), range(seeds), epochs, Path(folder))
        write_result(out, {"benchmark": "experts_accuracy", "sets": found})


if __name__ == "__main__":
    typer.run(main)
