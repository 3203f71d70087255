"""A training by ridge regressions alone, from the options of the command to a checkpoint; without torch."""

from __future__ import annotations

import importlib.util
import shlex
import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import typer
from numpy.typing import NDArray

from neurolite_core.answer.tasks import CLASSIFICATION
from neurolite_core.artifact.checkpoint_files import write_classifier
from neurolite_core.data.store import TextStore
from neurolite_core.evaluation.report_files import remove_report
from neurolite_core.ground.checks import require_choice, require_range
from neurolite_core.ground.configurable import Effective
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.files import require_writable
from neurolite_core.ground.locks import locked
from neurolite_core.ground.streams import note_written
from neurolite_core.ground.terminal import SafeConsole, json_text
from neurolite_core.network.config import PRESETS, NeuroLiteConfig
from neurolite_core.network.settings import with_backbone, with_settings
from neurolite_core.training.closed_form.asking_teacher import lessons_of
from neurolite_core.training.closed_form.calibrating import calibrated
from neurolite_core.training.closed_form.layers import LayerLessons
from neurolite_core.training.closed_form.names import named_tensors
from neurolite_core.training.closed_form.stages import Penalties, Solved, logits, solve
from neurolite_core.training.kinds import TEXTS
from neurolite_core.training.options import MAX_SEED
from neurolite_core.training.pretraining.word_bags import WordBags, word_bags
from neurolite_core.training.requesting import DEFAULT_SIZE, WORK, data_files
from neurolite_core.training.sources import Sources, read_sources

BACKBONE: Final = "reservoir"
_MOST_PROBES: Final = 1000
_STEEP: Final = (
    10.0  # what reads 0 and 1 makes flat probabilities; a temperature is sought from 0.05 on
)
# Options that only a training by gradients has a use for.
_UNSET: Final[Mapping[str, object]] = MappingProxyType(
    {
        "task": CLASSIFICATION,
        "model_config": None,
        "experts": None,
        "experts_top": None,
        "exits": False,
        "exit_loss": None,
        "start": "auto",
        "max_mb": None,
        "unlabelled": None,
        "labelled": None,
        "conversation": None,
        "multi_label": False,
        "label_separator": None,
        "minutes": None,
        "patience": None,
        "class_weights": "none",
        "rules": None,
        "devices": 1,
        "nodes": 1,
    }
)


def is_wanted(effective: Effective) -> bool:
    """Whether the options ask for it: a reservoir with ``--epochs 0``, or where there is no PyTorch."""
    values = effective.values
    if values["backbone"] != BACKBONE:
        return False
    return values["epochs"] == 0 or importlib.util.find_spec("torch") is None


def config_of(effective: Effective) -> NeuroLiteConfig:
    """The shape that the options ask for.

    Raises:
        InputError: an option that would be left unused, a value that cannot be, or a shape that has what is not solved.
    """
    values = effective.values
    for name, unset in _UNSET.items():
        if values[name] not in (unset, None, []):
            raise InputError(
                f"--{name.replace('_', '-')} was given with --backbone {BACKBONE} and no epochs, which is solved in closed "
                "form. Leave it out, or train by gradients: --epochs N, and pip install 'neurolite[train]'"
            )
    if len(values["teacher"] or ()) > 1:
        raise InputError(
            f"--teacher was given {len(values['teacher'])} times, and the layers of a reservoir in closed form reproduce "
            "those of one. Give one."
        )
    if values["wide"] == "on":
        raise InputError(
            "--wide on was given, and a reservoir in closed form has none. Leave it out."
        )
    require_choice("--size", values["size"] or DEFAULT_SIZE, PRESETS)
    require_range("seed", values["seed"], 0, MAX_SEED)
    config = with_backbone(PRESETS[values["size"] or DEFAULT_SIZE](), BACKBONE)
    config = with_settings(config, values["settings"] or ())
    plain = replace(config, bag=False, table_bits=32, pooling="mean")
    for name in ("bag", "table_bits", "pooling"):
        if getattr(config, name) != getattr(plain, name):
            raise InputError(
                f"{name} is {getattr(config, name)!r}, and a reservoir is solved in closed form with "
                f"{getattr(plain, name)!r}. Choose the size tiny, small or base, or train by gradients: --epochs N"
            )
    return config


def run_closed_form(effective: Effective, *, as_json: bool) -> None:
    """Solves a classifier, writes its checkpoint, and says what came out."""
    config, values = config_of(effective), effective.values
    folder: Path = values["out"]
    require_writable(folder)
    with locked(folder, "neurolite-train", "trains into"):
        begin = time.perf_counter()
        files = data_files(effective, TEXTS)
        sources = read_sources(files, values["work"] or folder / WORK, seed=values["seed"])
        lessons = None
        if values["teacher"]:
            (teacher,) = values["teacher"]
            lessons = lessons_of(teacher, config, sources, values["work"] or folder / WORK)
        figures = train_closed_form(config, sources, folder, seed=values["seed"], lessons=lessons)
        figures["seconds"] = round(time.perf_counter() - begin, 2)
        saved = {**values, "size": values["size"] or DEFAULT_SIZE, "epochs": 0}
        replace(effective, values=saved).save(folder)
    note_written(folder)
    if as_json:
        typer.echo(json_text(figures, indent=2, sort_keys=True))
        return
    out = SafeConsole()
    out.print(
        f"{figures['accuracy']:.1%} of {figures['texts']:,} {figures['split']} texts right, {figures['labels']:,} labels, "
        f"{figures['seconds']:.1f} s, in closed form",
        highlight=False,
        soft_wrap=True,
    )
    for row in figures.get("teacher", {}).get("layers", ()):
        out.print(
            f"layer {row['layer']} of the teacher: {row['error']:.3f} of its {row['components']} largest components' squares "
            f"missed, {row['whole_error']:.3f} of all its values'",
            highlight=False,
            soft_wrap=True,
        )
    command = f"neurolite-export --checkpoint {shlex.quote(str(folder))} --int8"
    out.print(f"Next: {command}", soft_wrap=True)  # a line that is to be pasted


def train_closed_form(
    config: NeuroLiteConfig,
    sources: Sources,
    folder: Path,
    *,
    seed: int,
    lessons: LayerLessons | None = None,
) -> dict[str, Any]:
    """Solves a classifier of the rows to learn from, and writes its checkpoint.

    Args:
        config: its shape, of the reservoir backbone.
        sources: the rows; those held out, and texts without a label, say what its scores mean.
        folder: of the checkpoint.
        seed: of what is drawn.
        lessons: what a transformer's layers say of the words to learn from; None without a teacher.

    Returns:
        The main figures, for JSON.

    Raises:
        InputError: the folder cannot be written, or no text to learn from has a word.
    """
    store, labels = sources.train, sources.train.labels
    bags = _bags(store, sources.rows, config)
    if not bags.counts.any():
        raise InputError(
            "No text to learn from has a word; is the right column read? --text-column NAME"
        )
    solved = solve(
        config,
        bags,
        store.label_ids[sources.rows],
        len(labels),
        seed=seed,
        penalties=Penalties(),
        lessons=lessons,
    )
    held, out = sources.validation, sources.out_of_scope
    said = logits(config, solved, _bags(held.store, held.rows, config))
    outside = None
    if out is not None:
        outside = logits(config, solved, _bags(out, np.arange(len(out)), config))
    solved, threshold = calibrated(solved, said, held.label_ids, outside)
    reported = sources.reported
    answers = logits(config, solved, _bags(reported.store, reported.rows, config)).argmax(axis=1)
    step = max(1, len(held.rows) // _MOST_PROBES)
    rows = held.rows[::step][:_MOST_PROBES]
    names = [labels[number] for number in held.store.label_ids[rows]]
    remove_report(folder)  # of another model that was here before
    probes = list(zip(held.store.strings(rows), names, strict=True))
    write_classifier(folder, config, named_tensors(config, solved), labels, probes, threshold)
    return {
        "checkpoint": str(folder),
        "split": sources.split,
        "texts": len(reported.rows),
        "labels": len(labels),
        "accuracy": float(np.mean(answers == reported.label_ids)),
        "threshold": threshold,
        **_of_teacher(lessons, solved),
    }


def _of_teacher(lessons: LayerLessons | None, solved: Solved) -> dict[str, Any]:
    """What is said of a teacher: the error of each layer."""
    if lessons is None:
        return {}
    layers = [{**asdict(row), "components": lessons.width} for row in solved.reproduced]
    return {"teacher": {"name": lessons.name, "layers": layers}}


def _bags(store: TextStore, rows: NDArray[np.int64], config: NeuroLiteConfig) -> WordBags:
    return word_bags(lambda some: store.texts(rows[some.start : some.stop]), len(rows), config)
