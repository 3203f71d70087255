"""A whole training with spans: data, loop, thresholds, checkpoint and report."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch

from neurolite_core.answer.tasks import SPANS, task_of
from neurolite_core.data.checks import DataReport
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.files import require_writable
from neurolite_core.network.config import FLOAT_BITS, NeuroLiteConfig
from neurolite_core.network.counting import check_parameters
from neurolite_core.network.model import TASKS, TextNetwork
from neurolite_core.network.spans_options import SpansOptions
from neurolite_core.network.table_bits import with_table_bits
from neurolite_core.training.choosing.fitting import fit_candidate
from neurolite_core.training.choosing.limiting import within_limit
from neurolite_core.training.choosing.picking import Fitted, facts_of, pick
from neurolite_core.training.display import Display
from neurolite_core.training.facts import fingerprint_of, training_facts
from neurolite_core.training.fitting.batches import Part, batches_per_epoch
from neurolite_core.training.fitting.loop import steps_in
from neurolite_core.training.launching import alone
from neurolite_core.training.options import default_epochs
from neurolite_core.training.request import Request, Trained
from neurolite_core.training.spans.finishing import finish_spans
from neurolite_core.training.spans.reading import (
    SpanFiles,
    SpanSources,
    read_span_files,
    store_spans,
)
from neurolite_core.training.spans.recipe import AVERAGING
from neurolite_core.training.spans.task import SpanTask, class_weights
from neurolite_core.training.spans.teaching.lessons import SpanLessons, learn_from_tagger
from neurolite_core.training.spans.telling import lines_of, teacher_line
from neurolite_core.training.starting.encoder import begin_with

if TYPE_CHECKING:
    from lightning_fabric import Fabric


def train_spans(
    request: Request, fabric: Fabric, display: Display, show_data: Callable[[DataReport], None]
) -> Trained:
    """Trains, and writes the checkpoint and the report.

    Args:
        request: its ``files`` hold spans; with the task ``spans`` labels are left unread.
        fabric: from ``launch``, of one process.
        display: is told what goes on.
        show_data: called when the data was read, before anything takes long.

    Raises:
        InputError: data, config or folder that cannot be used; another process trains into the folder.
    """
    require_writable(request.out)
    with alone(fabric, request.out):
        read = read_span_files(request.files, request.task)
        requests, left_out = _candidates(request, read, display)
        found = store_spans(read, request.work, seed=request.options.seed, show=show_data)
        for line in lines_of(found, requests[0].config.max_words):
            display.note(line)
        lessons = _lessons(requests, found, display)
        tried: list[Fitted] = []
        for one in requests:
            if len(requests) > 1:
                display.begin(f"begins with: {one.name}")
            tried.append(_fit(one, found, lessons, fabric, display, pick(tried)))
        fitted = pick(tried)
        assert fitted is not None  # noqa: S101  # the first is never given up
        display.stage("calibrating and writing", 0.0)
        stored = with_table_bits(fitted.task.network, fitted.request.config.table_bits).eval()
        report = finish_spans(
            stored,
            found,
            fabric.device,
            _facts(fitted, tried, found, lessons, left_out),
            request.out,
            pictures=request.pictures,
        )
    return Trained(request.out, report, fitted.resumed_at)


def with_spans(config: NeuroLiteConfig, types: tuple[str, ...]) -> NeuroLiteConfig:
    """A shape whose head finds these types, built as it says, if it does.

    Raises:
        InputError: it has what a training with spans does not train.
    """
    if config.wide is not None or config.rules is not None:
        what = "a wide path" if config.wide is not None else "rules"
        raise InputError(
            f"The config has {what}, which is not trained beside spans. Leave it out of it."
        )
    if config.spans is None:
        return replace(config, spans=SpansOptions(types=types))
    return replace(config, spans=replace(config.spans, types=types))


def _candidates(
    request: Request, read: SpanFiles, display: Display
) -> tuple[list[Request], dict[str, int]]:
    """One request for each candidate that may be as large as it will be, and bytes of the others by name."""
    also = tuple(replace(one, config=with_spans(one.config, read.types)) for one in request.also)
    whole = replace(request, config=with_spans(request.config, read.types), also=also)
    task = task_of(several=request.files.label_separator is not None) if read.labelled else SPANS
    return within_limit(whole, task, read.labels, display)


def _lessons(
    requests: Sequence[Request], found: SpanSources, display: Display
) -> SpanLessons | None:
    """What a teacher says, where there is one, for all candidates."""
    first = requests[0]
    if not first.teachers:
        return None
    configs = [one.config for one in requests]
    limits = max(one.max_bytes for one in configs), max(one.max_words for one in configs)
    lessons = learn_from_tagger(
        first.teachers, found, first.options.variants, limits, first.work, display.stage
    )
    display.note(teacher_line(lessons.figures))
    return lessons


def _fit(
    request: Request,
    found: SpanSources,
    lessons: SpanLessons | None,
    fabric: Fabric,
    display: Display,
    best: Fitted | None,
) -> Fitted:
    task = span_task(request, found, lessons)
    digests = "".join(one.digest for one in (found.train, found.validation))
    fingerprint = fingerprint_of(request, found.sources, None) + digests
    fingerprint += "" if lessons is None else lessons.name
    return fit_candidate(
        request,
        task,
        hashlib.sha256(fingerprint.encode()).hexdigest(),
        lambda: _total_steps(request, fabric, task),
        fabric,
        display,
        rival=None if best is None else best.score,
    )


def _network(request: Request, found: SpanSources) -> TextNetwork:
    task = found.sources.train.task if found.labelled else SPANS
    labels = found.sources.train.labels if found.labelled else None
    torch.manual_seed(request.options.seed)
    config = replace(request.config, table_bits=FLOAT_BITS)  # packed at the end
    with torch.device("meta"):  # which takes no memory
        check_parameters(TASKS[task](config, labels=labels))
    network = TASKS[task](config, labels=labels)
    begin_with(network, request.start)
    return network


def span_task(request: Request, found: SpanSources, lessons: SpanLessons | None = None) -> SpanTask:
    """What is to be fitted, its network as it begins; ``request.config`` has the data's types (``with_spans``)."""
    sources, more = found.sources, len(found.unlabelled)
    parts = [Part(sources.train, sources.rows, None, labelled=found.labelled, target_weight=0.0)]
    if more:
        share = more / (more + len(sources.rows))
        parts.append(
            Part(
                sources.train,
                found.unlabelled,
                None,
                labelled=False,
                target_weight=0.0,
                share=share,
            )
        )
    task = SpanTask(
        network=_network(request, found),
        parts=tuple(parts),
        validation=sources.validation,
        options=request.options,
        workers=request.machine.workers or 0,
        starts_trained=request.start is not None,
        table_bits=request.config.table_bits,
        averaging=AVERAGING,
        spans=found.train,
        held=found.validation,
        lessons=lessons,
    )
    return replace(task, class_weights=class_weights(task))


def _total_steps(request: Request, fabric: Fabric, task: SpanTask) -> int:
    options = request.options
    if options.minutes is not None:
        return steps_in(fabric, task, options.minutes * 60 * request.share)
    rows = sum(len(part.rows) for part in task.parts)
    epochs = options.epochs or default_epochs(rows, 0.0)
    return epochs * batches_per_epoch(task.parts, options.batch_size)


def _facts(
    fitted: Fitted,
    tried: Sequence[Fitted],
    found: SpanSources,
    lessons: SpanLessons | None,
    left_out: Mapping[str, int],
) -> dict[str, Any]:
    """For the report."""
    return {
        **training_facts(fitted, found.sources),
        "tried": facts_of(tried, left_out),
        "spans_without_label": len(found.unlabelled),
        **({} if lessons is None else {"teacher": dict(lessons.figures)}),
    }
