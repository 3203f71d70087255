"""A whole training: data, teachers, loop, calibration, checkpoint and report."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final, cast

import numpy as np
import torch

from neurolite_core.data.checks import DataReport
from neurolite_core.ground.files import require_writable
from neurolite_core.network.config import FLOAT_BITS
from neurolite_core.network.counting import check_parameters
from neurolite_core.network.model import TASKS, NeuroLiteForClassification
from neurolite_core.network.ruling import attach_rules
from neurolite_core.training.choosing.alone import NGRAMS, small_config
from neurolite_core.training.choosing.few_rows import (
    Settled,
    are_few,
    reported_on,
    settle,
    with_all_rows,
    with_folds,
)
from neurolite_core.training.choosing.fitting import fit_candidate
from neurolite_core.training.choosing.limiting import within_limit
from neurolite_core.training.choosing.picking import Fitted, chosen_ngrams, facts_of, pick
from neurolite_core.training.choosing.widening import has_room, widen
from neurolite_core.training.cross_fitting import cross_fit, is_wanted
from neurolite_core.training.display import Display
from neurolite_core.training.ending import finish
from neurolite_core.training.evidence import fit_evidence
from neurolite_core.training.facts import fingerprint_of, training_facts
from neurolite_core.training.finishing import out_of_scope_rows
from neurolite_core.training.fitting.batches import Part, batches_per_epoch
from neurolite_core.training.fitting.loop import steps_in
from neurolite_core.training.fitting.objectives import OBJECTIVES
from neurolite_core.training.fitting.state import Progress
from neurolite_core.training.fitting.task import Task
from neurolite_core.training.launching import alone, in_turn
from neurolite_core.training.options import default_epochs
from neurolite_core.training.request import Request, Trained
from neurolite_core.training.room_for_rules import with_room_for_rules
from neurolite_core.training.sources import Sources, read_sources
from neurolite_core.training.starting.encoder import begin_with
from neurolite_core.training.teaching.distillation import Lessons, learn_from_teachers
from neurolite_core.training.vocabulary import start_from_words
from neurolite_core.training.wide.beside import OFF

if TYPE_CHECKING:
    from lightning_fabric import Fabric

OUT_OF_SCOPE_SHARE: Final = 0.05


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
    request = with_room_for_rules(request, sources)
    task, labels = sources.train.task, sources.train.labels
    requests, left_out = within_limit(request, task, labels, display)
    few = lessons is None and any(one.start for one in requests)
    few = few and are_few(sources, request.files, request.options)
    if few:
        sources = with_all_rows(sources)
        requests = [replace(one, options=with_folds(one.options)) for one in requests]
    found = _fit_all(requests, few, bool(left_out), sources, lessons, fabric, display)
    best = pick(found)
    assert best is not None  # noqa: S101  # the first is never given up
    crossed = None
    if best.settled is not None:
        crossed = best.crossed
        assert crossed is not None  # noqa: S101  # the best was not given up, or has a wide path
        sources = reported_on(sources, crossed)
    elif is_wanted(sources, request.options):
        crossed = best.crossed
        if crossed is None:
            steps = best.progress.total_steps
            crossed = cross_fit(fabric, best.task, best.initial, steps, display.stage)
            crossed = crossed if best.widened is None else best.widened.mix(crossed)
    facts, stored = training_facts(best, sources), best.stored
    if request.rules is not None:
        attach_rules(stored, request.rules)
        facts["rules"] = fit_evidence(stored, sources, fabric.device, crossed)
    display.stage("calibrating and writing", 0.0)
    report = finish(
        stored,
        sources,
        fabric.device,
        {**facts, "tried": facts_of(found, left_out)},
        request.out if fabric.is_global_zero else None,
        crossed,
        pictures=request.pictures,
    )
    fabric.barrier()
    return Trained(request.out, report, best.resumed_at)


def _fit_all(
    requests: Sequence[Request],
    few: bool,
    others: bool,
    sources: Sources,
    lessons: Lessons | None,
    fabric: Fabric,
    display: Display,
) -> list[Fitted]:
    """Every candidate, trained; n-grams alone with them where there are several, or others that were too large."""
    found: list[Fitted] = []
    several = others or len(requests) > 1
    if several and not few:
        found += _ngrams_alone(requests[0], sources, few, fabric, display, found)
    for one in requests:
        if several:
            display.begin(f"begins with: {one.name}")
        if few:
            fitted = _fit_few(one, sources, fabric, display, pick(found))
        else:
            fitted = _fit(one, sources, lessons, fabric, display, pick(found))
        if not fitted.hopeless:
            fitted = widen(fitted, sources, fabric, display, chosen_ngrams(found))
        found.append(fitted)
    if several and few:
        found += _ngrams_alone(requests[0], sources, few, fabric, display, found)
    return found


def _fit(
    request: Request,
    sources: Sources,
    lessons: Lessons | None,
    fabric: Fabric,
    display: Display,
    other: Fitted | None,
) -> Fitted:
    """Trains one candidate; validation rows choose the weights, or give it up as hopeless against another."""
    require_writable(request.out)
    network = _network(request, sources, lessons, display)
    task = _task(request, sources, lessons, network)
    return fit_candidate(
        request,
        task,
        fingerprint_of(request, sources, lessons),
        lambda: _total_steps(request, sources, fabric, task),
        fabric,
        display,
        rival=None if other is None else other.score,
    )


def _ngrams_alone(
    request: Request,
    sources: Sources,
    few: bool,
    fabric: Fabric,
    display: Display,
    found: Sequence[Fitted],
) -> list[Fitted]:
    """One more candidate, which has nothing to train but a wide path; none where that is not wanted or has no room."""
    config = small_config(request.config)
    mine = replace(request, name=NGRAMS, config=config, start=None)
    task, labels = sources.train.task, sources.train.labels
    if request.options.wide == OFF or not has_room(request.most_bytes, config, task, labels):
        return []
    display.begin(f"begins with: {NGRAMS}")
    network = _network(mine, sources, None, display).to(fabric.device).eval()
    fitted = Fitted(
        request=mine,
        task=_task(mine, sources, None, network),
        progress=Progress(fingerprint_of(mine, sources, None), 0),
        initial=dict(network.state_dict()),
        score=None,
        how="n-grams alone",
        settled=Settled("n-grams alone", None, None, 0) if few else None,
    )
    return [widen(fitted, sources, fabric, display, chosen_ngrams(found))]


def _fit_few(
    request: Request, sources: Sources, fabric: Fabric, display: Display, best: Fitted | None
) -> Fitted:
    """Trains one candidate on all rows, which choose by cross-fitted answers."""
    network = _network(request, sources, None, display).to(fabric.device)
    task = _task(request, sources, None, network)
    began = time.perf_counter()
    steps = 0 if task.starts_trained else _total_steps(request, sources, fabric, task)
    other = None if best is None else best.settled
    settled = settle(fabric, task, steps, other, display.stage)
    progress = Progress(fingerprint_of(request, sources, None), settled.steps, settled.steps)
    progress.seconds, progress.best_step = time.perf_counter() - began, settled.steps
    return Fitted(
        request=request,
        task=task,
        progress=progress,
        score=None if settled.merit is None else settled.merit[0],
        how=settled.how,
        settled=settled,
    )


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
    # Packed at the end, and rules are attached there.
    config = replace(request.config, table_bits=FLOAT_BITS, rules=None)
    with torch.device("meta"):  # which takes no memory
        check_parameters(make(config, labels=sources.train.labels))
    network = cast("NeuroLiteForClassification", make(config, labels=sources.train.labels))
    if request.start is None and lessons is not None and lessons.words:
        start_from_words(
            network, lessons.words, lessons.vectors, display.stage, seed=request.options.seed
        )
    else:
        begin_with(network, request.start)
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
        crossed = is_wanted(sources, options) or not len(sources.validation.rows)
        models = options.folds if crossed else 1
        return steps_in(fabric, task, options.minutes * 60 * request.share / models)
    extra = sum(part.share for part in task.parts[1:])
    rows, started = len(task.parts[0].rows), task.starts_trained
    epochs = options.epochs or default_epochs(rows, extra, started=started)
    return epochs * batches_per_epoch(task.parts, options.batch_size)
