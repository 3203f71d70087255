"""One step of a configuration: its size, its time, and what it answers when it was trained with a budget.

What was found stands in the configuration's folder, so that a step that was done is not done again.
"""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np

from neurolite_bench.searching.places import Places, name_of, read_json, write_json
from neurolite_bench.searching.space import shape_of
from neurolite_bench.searching.timing import time_of
from neurolite_core.answer.tasks import CLASSIFICATION
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.training.closed_form.names import solved_bytes
from neurolite_core.training.sources import DataFiles, read_sources

MEGABYTE: Final = 1_000_000
PARTS: Final = 9
"""Of the texts, which are the whole budget of what is solved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What all steps of a search share.

    Attributes:
        files: the texts.
        labels: of the training texts.
        places: the search's folder.
        seed: of trainings.
        closed_form: whether models are solved, and a budget is a number of ninths of the texts; else it is of epochs.
        timed: whether times are measured.
        max_mb: megabytes that the int8 ONNX file may take, or None.
        max_ms: milliseconds that it may take for 12 words, or None.
        accelerator: to train on.
    """

    files: DataFiles
    labels: tuple[str, ...]
    places: Places
    seed: int
    closed_form: bool
    timed: bool
    max_mb: float | None = None
    max_ms: float | None = None
    accelerator: str = "auto"


@dataclass(frozen=True, slots=True)
class Step:
    """A configuration and the budget that it is to be trained with.

    Attributes:
        number: of the trial; below 0 where the front is finished.
        config: of the model.
        budget: epochs, or ninths of the texts.
    """

    number: int
    config: NeuroLiteConfig
    budget: int


@dataclass(slots=True)
class Figures:
    """What is known of a configuration.

    Attributes:
        megabytes: of the int8 ONNX file, by formula, or of the file once it was exported.
        milliseconds: for a text of 12 words; None where it is not measured.
        accuracy: on validation texts by budget.
        exported: whether size and time are those of the trained model's file.
        refused: why its export was refused; empty where it was not.
    """

    megabytes: float
    milliseconds: float | None = None
    accuracy: dict[int, float] = field(default_factory=dict)
    exported: bool = False
    refused: str = ""

    @classmethod
    def read(cls, path: Path) -> Figures | None:
        """What ``write`` wrote; None where there is nothing."""
        found = read_json(path)
        if found is None:
            return None
        accuracy = {int(budget): value for budget, value in found.pop("accuracy").items()}
        return cls(**found, accuracy=accuracy)

    def write(self, path: Path) -> None:
        """Keeps it, atomically."""
        write_json(path, asdict(self))

    def fits(self, ground: Ground) -> bool:
        """Whether no limit is passed by what is known."""
        return max(self.beyond(ground)) <= 0

    def beyond(self, ground: Ground) -> tuple[float, float]:
        """By what share size and time pass their limits; at most 0 where they do not, or have none."""
        return (_over(self.megabytes, ground.max_mb), _over(self.milliseconds, ground.max_ms))


def _over(value: float | None, most: float | None) -> float:
    return 0.0 if most is None or value is None else value / most - 1


def figures_path(places: Places, config: NeuroLiteConfig) -> Path:
    """Where a configuration's figures stand."""
    return places.trial(name_of(config)) / "figures.json"


def checkpoint_path(places: Places, config: NeuroLiteConfig, budget: int) -> Path:
    """Folder of the checkpoint that was trained with a budget."""
    return places.trial(name_of(config)) / str(budget)


def evaluate(ground: Ground, step: Step) -> Figures:
    """Does a step, as far as the limits let it, and keeps what came out.

    Raises:
        InputError: the training refuses the configuration or the data.
    """
    places, config = ground.places, step.config
    path = figures_path(places, config)
    figures = Figures.read(path)
    if figures is None:
        figures = Figures(size_of(ground, config))
    if figures.fits(ground) and ground.timed and figures.milliseconds is None:
        figures.milliseconds = _time_of(ground, config)
        figures.write(path)
    if figures.fits(ground) and step.budget not in figures.accuracy:
        train = _solved if ground.closed_form else _trained
        figures.accuracy[step.budget] = train(ground, step)
        figures.write(path)
        for budget in figures.accuracy:
            if budget < step.budget:
                shutil.rmtree(checkpoint_path(places, config, budget), ignore_errors=True)
    return figures


def size_of(ground: Ground, config: NeuroLiteConfig) -> float:
    """Megabytes of its int8 ONNX file, within 3 percent; it was never less by more than one."""
    if ground.closed_form:
        return solved_bytes(config, ground.labels) / MEGABYTE
    from neurolite_core.training.choosing.sizes import onnx_bytes

    return onnx_bytes(config, CLASSIFICATION, ground.labels) / MEGABYTE


def _time_of(ground: Ground, config: NeuroLiteConfig) -> float:
    shape = shape_of(config)
    path = ground.places.time(name_of(shape))
    path.parent.mkdir(parents=True, exist_ok=True)
    found = read_json(path)
    if found is None:
        found = {"milliseconds": time_of(shape, ground.labels, path.parent)}
        write_json(path, found)
    return float(found["milliseconds"])


def _solved(ground: Ground, step: Step) -> float:
    from neurolite_core.training.closed_form.run import train_closed_form

    sources = read_sources(ground.files, ground.places.data, seed=ground.seed)
    rows = sources.rows
    if step.budget < PARTS:
        drawn = np.random.default_rng(ground.seed).permutation(len(rows))
        rows = rows[np.sort(drawn[: -(-len(rows) * step.budget // PARTS)])]
    folder = checkpoint_path(ground.places, step.config, step.budget)
    part = replace(sources, rows=rows)
    return float(train_closed_form(step.config, part, folder, seed=ground.seed)["accuracy"])


def _trained(ground: Ground, step: Step) -> float:
    from neurolite_core.ground.terminal import SafeConsole
    from neurolite_core.training.display import Display
    from neurolite_core.training.launching import Machine, launch
    from neurolite_core.training.options import TrainingOptions
    from neurolite_core.training.request import Request
    from neurolite_core.training.requesting import RATES
    from neurolite_core.training.run import train

    machine = Machine(accelerator=ground.accelerator, workers=0)
    options = TrainingOptions(
        seed=ground.seed, epochs=step.budget, wide="off", folds=0, **asdict(RATES["drawn"])
    )
    request = Request(
        files=ground.files,
        config=step.config,
        options=options,
        machine=machine,
        out=checkpoint_path(ground.places, step.config, step.budget),
        work=ground.places.data,
        pictures=False,
    )
    with Display(SafeConsole(stderr=True, quiet=True)) as display:
        trained = train(request, launch(machine), display, lambda _: None)
    return float(trained.figures()["accuracy"])
