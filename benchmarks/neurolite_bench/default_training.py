"""What ``neurolite-train`` gives where nobody has tuned it, beside ten lines of scikit-learn.

``python -m neurolite_bench.default_training`` trains each data set with no option but its files and the seed, exports
to ONNX int8 and measures that file; beside it, character tf-idf (2 to 5) with a linear SVC, its kind of n-grams and C
chosen on the same validation rows. It adds to ``benchmarks/results/default_training.json``, set by set.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Final

import typer

from neurolite_bench.baselines import svc
from neurolite_bench.baselines.base import Settings
from neurolite_bench.quality_measure import figures
from neurolite_bench.quality_ours import EXPORT, TRAIN, measure_files, run_command
from neurolite_bench.quality_sets import (
    TOPIC_LANGUAGES,
    SetRow,
    Split,
    Task,
    data_folder,
    read_rows,
    write_rows,
)
from neurolite_bench.quality_store import add_run, values
from neurolite_bench.quality_tables import percent
from neurolite_bench.results import RESULTS
from neurolite_core.ground.checks import require_choice
from neurolite_core.ground.command_line import exit_codes
from neurolite_core.ground.errors import InputError

BENCHMARK: Final = "default_training"
RESULT: Final = RESULTS / "default_training.json"
OURS: Final = "default"
SVC: Final = "svc"
MODELS: Final = (OURS, SVC)
JOINED: Final = "topic"
SEEDS: Final = "0,1,2"
TOPIC: Final = "sib200/topic/{}/{}.csv"


@dataclass(frozen=True, slots=True)
class DefaultRow:
    """A data set: files below the data folder, one a language where there are several.

    Attributes:
        train, validation, test: files; without a validation file the trainings hold rows out themselves.
        options: of ``neurolite-train``: what the product's promise is about, and nothing tuned.
    """

    train: tuple[str, ...]
    test: tuple[str, ...]
    validation: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


def _topic(languages: Sequence[str]) -> DefaultRow:
    train, validation, test = (
        tuple(TOPIC.format(language, split) for language in languages)
        for split in ("train", "dev", "test")
    )
    return DefaultRow(train, test, validation)


def _of(folder: str, validation: str, *options: str) -> DefaultRow:
    return DefaultRow(
        (f"{folder}/train.csv",), (f"{folder}/test.csv",), (f"{folder}/{validation}.csv",), options
    )


SETS: Final[Mapping[str, DefaultRow]] = MappingProxyType(
    {
        "clinc150": _of("clinc150", "val"),
        "clinc150, 2.2 MB": _of("clinc150", "val", "--max-mb", "2.2"),
        "snips": _of("snips", "valid"),
        "sst2": _of("sst2", "dev"),
        "clinc150, 5 a label": DefaultRow(
            ("fewshot/clinc150/train_5.csv",), ("fewshot/clinc150/test.csv",)
        ),
        "clinc150, 10 a label": DefaultRow(
            ("fewshot/clinc150/train_10.csv",), ("fewshot/clinc150/test.csv",)
        ),
        JOINED: _topic(TOPIC_LANGUAGES),
        **{f"{JOINED} {language}": _topic((language,)) for language in TOPIC_LANGUAGES},
    }
)


def read_set(name: str, data: Path) -> Task:
    """The rows of a set.

    Raises:
        InputError: a file is missing, or is no CSV with the columns ``text`` and ``label``.
    """
    row = SETS[name]
    train, validation, test = (
        _read(files, data) for files in (row.train, row.validation, row.test)
    )
    return Task(name, SetRow(name, {}, ()), train, validation, test)


def train_ours(task: Task, seed: int, work: Path) -> dict[str, Any]:
    """Trained with the set's files and the seed, exported, measured.

    Raises:
        InputError: a command refused its input.
        GateError: the export was refused.
    """
    files = {"train": task.train, "validation": task.validation, "test": task.test}
    for split, rows in files.items():
        write_rows(work / f"{split}.csv", rows.texts, rows.labels)
    checkpoint = work / "model"
    command = [TRAIN, str(work / "train.csv"), "--out", str(checkpoint), "--json"]
    command += ["--test", str(work / "test.csv"), "--seed", str(seed), *SETS[task.name].options]
    if task.validation.texts:
        command += ["--validation", str(work / "validation.csv")]
    start = time.perf_counter()
    run_command(command)
    seconds = time.perf_counter() - start
    export = [EXPORT, "--checkpoint", str(checkpoint), "--int8", "--json", "--out", str(work)]
    (row,) = json.loads(run_command(export))
    facts = json.loads((checkpoint / "report.json").read_text("utf-8"))["training"]
    return {
        **measure_files(task, checkpoint, work / row["file"]),
        "seconds": round(seconds, 1),
        "chosen": facts.get("chosen"),
        "options": {"seed": seed, "set": list(SETS[task.name].options)},
    }


def fit_svc(task: Task) -> dict[str, Any]:
    """The baseline, fitted and measured."""
    start = time.perf_counter()
    fitted = svc.fit(task, Settings(0))
    return {
        **figures(task, fitted.classify),
        "validation_accuracy": fitted.validation_accuracy,
        "size_bytes": fitted.size_bytes,
        "seconds": round(time.perf_counter() - start, 1),
        "options": fitted.options,
    }


def default_table(result: dict[str, Any]) -> str:
    """A row per set that ours was trained on: mean and range over seeds, the baseline, the difference of the means."""
    head = ["test accuracy, %", "`neurolite-train`, int8", "char tf-idf + SVC", "difference"]
    head += ["int8 costs, points", "MB", "the baseline's MB"]
    lines = [_line(head), "|" + "---|" * len(head)]
    found = result["sets"]
    found = {name: runs for name, runs in found.items() if runs.get(OURS)}
    lines += [_row(name, found[name]) for name in SETS if name in found]
    languages = [name for name in found if name.startswith(f"{JOINED} ")]
    if len(languages) == len(TOPIC_LANGUAGES):
        means = {
            model: [
                {"accuracy": sum(values(found[name][model], "accuracy")) / len(found[name][model])}
                for name in languages
            ]
            for model in MODELS
        }
        ours, baseline = (_mean(means[model]) for model in MODELS)
        cells = [f"{JOINED}, mean of 12 models", f"**{ours:.1f}**", f"{baseline:.1f}"]
        lines.append(_line([*cells, f"{ours - baseline:+.1f}", "", "", ""]))
    return "\n".join(lines)


def _row(name: str, runs: Mapping[str, list[dict[str, Any]]]) -> str:
    ours, baseline = runs.get(OURS, []), runs.get(SVC, [])
    both = bool(ours) and bool(baseline)
    costs = [100 * (run["float_accuracy"] - run["accuracy"]) for run in ours]
    cells = [name, f"**{percent(ours)}**", percent(baseline)]
    cells.append(f"{_mean(ours) - _mean(baseline):+.1f}" if both else "-")
    cells.append(f"{sum(costs) / len(costs):.2f}" if costs else "-")
    for group in (ours, baseline):
        sizes = values(group, "size_bytes")
        cells.append(f"{sum(sizes) / len(sizes) / 1e6:.2f}" if sizes else "-")
    return _line(cells)


def _mean(runs: Sequence[Mapping[str, Any]]) -> float:
    return 100 * sum(float(run["accuracy"]) for run in runs) / len(runs)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _read(files: Sequence[str], data: Path) -> Split:
    read = [(read_rows(data / file), Path(file).parent.name) for file in files]
    rows = [row for found, _ in read for row in found]
    languages = tuple(name for found, name in read for _ in found) if len(read) > 1 else ()
    return Split(tuple(text for text, _ in rows), tuple(label for _, label in rows), languages)


def _chosen(option: str, given: str, known: Sequence[str]) -> list[str]:
    names = [name.strip() for name in given.split(";")]
    for name in names:
        require_choice(option, name, known)
    return list(dict.fromkeys(names))


def main(
    sets: Annotated[str, typer.Option(help="Data sets, with semicolons.")] = ";".join(SETS),
    models: Annotated[str, typer.Option(help="What to measure, with semicolons.")] = ";".join(
        MODELS
    ),
    seeds: Annotated[str, typer.Option(help="Of ours, with commas.")] = SEEDS,
    data: Annotated[
        Path | None, typer.Option(help="Folder of the data sets, else $NEUROLITE_DATA.")
    ] = None,
    out: Annotated[Path, typer.Option(help="JSON to add to.")] = RESULT,
) -> None:
    """Train each data set with no options, and the baseline beside it."""
    with exit_codes():
        if not all(seed.strip().isdecimal() for seed in seeds.split(",")):
            raise InputError(f"--seeds is {seeds!r}; give numbers such as {SEEDS}.")
        wanted = _chosen("--models", models, MODELS)
        for name in _chosen("--sets", sets, list(SETS)):
            task = read_set(name, data_folder(data))
            if SVC in wanted:
                _add(out, name, SVC, {"seed": 0, **fit_svc(task)})
            if OURS not in wanted:
                continue
            for seed in dict.fromkeys(int(seed) for seed in seeds.split(",")):
                with tempfile.TemporaryDirectory() as folder:
                    _add(out, name, OURS, {"seed": seed, **train_ours(task, seed, Path(folder))})


def _add(out: Path, name: str, model: str, run: dict[str, Any]) -> None:
    add_run(out, name, model, run, BENCHMARK)
    typer.echo(
        f"{name:22} {model:8} seed {run['seed']}  accuracy {run['accuracy']:.2%}, {run['size_bytes']:,} bytes, "
        f"{run['seconds']:.0f} s"
    )


if __name__ == "__main__":
    typer.run(main)
