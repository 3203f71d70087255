"""A whole training: data, teachers, loop, calibration, checkpoint and report."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
import torch

from neurolite_core.artifact.checkpoint import Checkpoint
from neurolite_core.data.checks import DataReport
from neurolite_core.evaluation.report_files import AnyReport
from neurolite_core.ground.files import require_writable
from neurolite_core.network.config import FLOAT_BITS, NeuroLiteConfig
from neurolite_core.network.model import TASKS, NeuroLiteForClassification, check_parameters
from neurolite_core.network.table_bits import trained_table, with_table_bits
from neurolite_core.training.cross_fitting import cross_fit, is_wanted, is_within_reach
from neurolite_core.training.display import Display
from neurolite_core.training.ending import FINISHINGS, finish
from neurolite_core.training.finishing import out_of_scope_rows
from neurolite_core.training.fitting.batches import Part, batches_per_epoch
from neurolite_core.training.fitting.loop import Task, fit, steps_in
from neurolite_core.training.fitting.objectives import OBJECTIVES
from neurolite_core.training.fitting.state import STATE_FILE, Progress, load_state
from neurolite_core.training.launching import Machine, alone, in_turn
from neurolite_core.training.options import TrainingOptions, default_epochs
from neurolite_core.training.sources import DataFiles, Sources, read_sources
from neurolite_core.training.starting.encoder import start_from_encoder
from neurolite_core.training.starting.heads import fit_head
from neurolite_core.training.teaching.distillation import Lessons, learn_from_teachers
from neurolite_core.training.vocabulary import start_from_words
from neurolite_core.training.wide import beside as wide
from neurolite_core.training.wide.telling import wide_line

if TYPE_CHECKING:
    from lightning_fabric import Fabric

OUT_OF_SCOPE_SHARE: Final = 0.05
# Words that the data never shows then say little, instead of something random; on 8,412 rows of topics in
# twelve languages it was worth 5 points.
SMALL_START: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One training.

    Attributes:
        files: the data.
        config: of the model.
        start: an encoder whose weights it begins with, of ``config`` but for ``table_bits``; None for drawn ones.
        options: of the training.
        machine: where.
        out: folder of the checkpoint, the report and the state.
        work: folder for stores and what teachers say; trainings may share it.
        teachers: folders of models to distil from.
        restart: forget an interrupted training.
        pictures: draw those of the report.
    """

    files: DataFiles
    config: NeuroLiteConfig
    options: TrainingOptions
    machine: Machine
    out: Path
    work: Path
    start: Checkpoint | None = None
    teachers: tuple[Path, ...] = ()
    restart: bool = False
    pictures: bool = True


@dataclass(frozen=True, slots=True)
class Trained:
    """What came out.

    Attributes:
        folder: of the checkpoint.
        report: on the test rows, else on the validation rows.
        resumed_at: the step at which an interrupted training went on; 0 for a new one.
    """

    folder: Path
    report: AnyReport
    resumed_at: int

    def figures(self) -> dict[str, Any]:
        """The main figures, for JSON."""
        report = self.report
        return {
            "checkpoint": str(self.folder),
            "split": report.split,
            "texts": report.texts,
            "labels": len(report.labels),
            "accuracy": report.accuracy,
            "accuracy_interval": list(report.accuracy_interval),
            "macro_f1": report.macro_f1,
            "unseen": {row.label: row.texts for row in report.unseen},
            **FINISHINGS[report.task].figures(report),
            "seconds": report.training["seconds"],
            "steps": report.training["steps"],
            "resumed_at": self.resumed_at,
        }


def train(
    request: Request, fabric: Fabric, display: Display, show_data: Callable[[DataReport], None]
) -> Trained:
    """Trains, and writes the checkpoint and the report; only the first process writes.

    Args:
        request: what to train.
        fabric: from ``launch``.
        display: is told what goes on.
        show_data: called when the data was read, before anything takes long.

    Raises:
        InputError: data, teacher or folder that cannot be used; another process trains into the folder.
    """
    require_writable(request.out)
    with alone(fabric, request.out):
        return _train(request, fabric, display, show_data)


def _train(
    request: Request, fabric: Fabric, display: Display, show_data: Callable[[DataReport], None]
) -> Trained:
    sources, lessons = in_turn(fabric, lambda: _prepare(request, display, show_data))
    network = _network(request, sources, lessons, display)
    task = _task(request, sources, lessons, network)
    if task.starts_trained:
        fit_head(task, lambda share: display.stage("fitting a head to the encoder", share))
    initial = {name: value.detach().clone() for name, value in network.state_dict().items()}
    fingerprint = _fingerprint(request, sources, lessons)
    found = None if request.restart else load_state(request.out, fingerprint)
    there = (request.out / STATE_FILE).is_file()
    fabric.barrier()  # nobody writes a state before all have read it
    if found is None:
        progress, tensors = (
            Progress(fingerprint, _total_steps(request, sources, fabric, task)),
            None,
        )
    else:
        progress, tensors = found
    resumed_at = progress.step
    if there:
        display.note(_where_it_begins(progress, request, known=found is not None))
    fit(fabric, task, progress, tensors, request.out, display.step)
    crossed = None
    if is_wanted(sources, request.options):
        crossed = cross_fit(fabric, task, initial, progress.total_steps, display.stage)
    network = with_table_bits(network, request.config.table_bits)
    facts = _facts(request, sources, progress)
    if request.options.wide != wide.OFF:
        cross = None
        if is_within_reach(sources, request.options):
            cross = partial(cross_fit, fabric, task, initial, progress.total_steps, display.stage)
        asked = wide.Wanted(
            mode=request.options.wide, crossed=crossed, cross=cross, agree=fabric.broadcast
        )
        widened = wide.fit_wide(network, task, sources, asked, fabric.device, display.stage)
        network, crossed = widened.network, widened.crossed
        facts["config"] = json.loads(network.config.to_json())
        facts["wide"] = widened.facts
        display.note(f"wide path: {wide_line(widened.facts)}")
    display.stage("calibrating and writing", 0.0)
    report = finish(
        network,
        sources,
        fabric.device,
        facts,
        request.out if fabric.is_global_zero else None,
        crossed,
        pictures=request.pictures,
    )
    fabric.barrier()
    return Trained(request.out, report, resumed_at)


def _where_it_begins(progress: Progress, request: Request, *, known: bool) -> str:
    """What became of the state that was there."""
    if known:
        return f"going on at step {progress.step:,} of {progress.total_steps:,}"
    if request.restart:
        return "from step 0: --restart forgets the state that is there"
    return "from step 0: the state that is there is of other data, options or another model"


def _prepare(
    request: Request, display: Display, show_data: Callable[[DataReport], None]
) -> tuple[Sources, Lessons | None]:
    sources = read_sources(request.files, request.work, seed=request.options.seed, show=show_data)
    if not request.teachers:
        return sources, None
    lessons = learn_from_teachers(
        request.teachers, sources, request.files, request.options, request.work, display.stage
    )
    return sources, lessons


def _network(
    request: Request, sources: Sources, lessons: Lessons | None, display: Display
) -> NeuroLiteForClassification:
    make = TASKS[sources.train.task]
    torch.manual_seed(request.options.seed)
    config = replace(request.config, table_bits=FLOAT_BITS)  # packed at the end
    with torch.device("meta"):  # which takes no memory
        check_parameters(make(config, labels=sources.train.labels))
    network = cast("NeuroLiteForClassification", make(config, labels=sources.train.labels))
    if request.start is not None:
        start_from_encoder(network, request.start)
    elif lessons is not None and lessons.words:
        start_from_words(
            network, lessons.words, lessons.vectors, display.stage, seed=request.options.seed
        )
    else:
        with torch.no_grad():
            trained_table(network).mul_(SMALL_START)
    return network


def _task(
    request: Request,
    sources: Sources,
    lessons: Lessons | None,
    network: NeuroLiteForClassification,
) -> Task:
    options, objective = request.options, OBJECTIVES[network.task]
    labelled = Part(
        sources.train,
        sources.rows,
        targets=None if lessons is None else lessons.train,
        labelled=True,
        target_weight=0.0 if lessons is None else options.teacher_weight,
    )
    parts = [labelled]
    if lessons is not None and lessons.extra is not None:
        parts.append(
            Part(
                lessons.extra,
                np.arange(len(lessons.extra)),
                targets=lessons.extra_answers,
                labelled=False,
                target_weight=1.0,
                share=options.extra_share,
            )
        )
    if sources.out_of_scope is not None:
        learned, _ = out_of_scope_rows(sources.out_of_scope)
        parts.append(
            Part(
                sources.out_of_scope,
                learned,
                targets=None,
                labelled=False,
                target_weight=objective.outside_weight,
                share=min(OUT_OF_SCOPE_SHARE, (1 - options.extra_share) / 2),
            )
        )
    weights = None
    if options.class_weights == "balanced":
        weights = objective.balanced(sources.train, sources.rows)
    workers = request.machine.workers
    if workers is None:
        workers = min(4, max(0, (torch.get_num_threads() - 2) // 2))
    return Task(
        network,
        tuple(parts),
        sources.validation,
        options,
        weights,
        workers,
        starts_trained=request.start is not None,
        table_bits=request.config.table_bits,
    )


def _total_steps(request: Request, sources: Sources, fabric: Fabric, task: Task) -> int:
    options = request.options
    if options.minutes is not None:
        # F models of (F - 1) / F of the rows and one of all of them take as long as F of all.
        models = options.folds if is_wanted(sources, options) else 1
        return steps_in(fabric, task, options.minutes * 60 / models)
    extra = sum(part.share for part in task.parts[1:])
    epochs = options.epochs or default_epochs(len(task.parts[0].rows), extra)
    return epochs * batches_per_epoch(task.parts, options.batch_size)


def _fingerprint(request: Request, sources: Sources, lessons: Lessons | None) -> str:
    """Of all that decides the result; the number of processes is not part of it."""
    rows = hashlib.sha256(sources.rows.tobytes())
    rows.update(sources.validation.rows.tobytes())
    facts = [
        sources.train.content,
        sources.validation.store.content,
        rows.hexdigest(),
        None if sources.out_of_scope is None else sources.out_of_scope.content,
        request.config.to_json(),
        None if request.start is None else request.start.digest,
        asdict(request.options),
        None if lessons is None else lessons.names,
        None if lessons is None or lessons.extra is None else lessons.extra.content,
    ]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _named_score(line: dict[str, Any], name: str) -> dict[str, Any]:
    """A line of the history whose score has its own name."""
    return {(name if key == "score" else key): value for key, value in line.items()}


def _facts(request: Request, sources: Sources, progress: Progress) -> dict[str, Any]:
    name = OBJECTIVES[sources.train.task].score_name
    return {
        "command": [Path(sys.argv[0]).name, *sys.argv[1:]],
        "config": json.loads(request.config.to_json()),
        "options": asdict(request.options),
        "start": None if request.start is None else request.start.path.parent.name,
        "seed": request.options.seed,
        "seconds": progress.seconds,
        "steps": progress.step,
        "best_step": progress.best_step,
        "stopped_early": progress.stopped,
        "data": sources.report.to_json(),
        "teachers": [str(path) for path in request.teachers],
        "history": [_named_score(asdict(item), name) for item in progress.history],
    }
