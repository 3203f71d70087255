"""A whole training on conversations: data, loop, calibration, checkpoint and report."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from neurolite_core.artifact.checkpoint import save_checkpoint
from neurolite_core.evaluation.report import Report, build_report
from neurolite_core.evaluation.report_files import remove_report, write_report
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.files import require_writable
from neurolite_core.network.config import FLOAT_BITS
from neurolite_core.network.counting import check_parameters
from neurolite_core.network.model import NeuroLiteForClassification
from neurolite_core.network.table_bits import with_table_bits
from neurolite_core.training.conversations.fitting import Plan, fit_conversations
from neurolite_core.training.conversations.reading import (
    UNLABELLED,
    Conversations,
    Parts,
    read_parts,
)
from neurolite_core.training.conversations.unrolling import answers_of
from neurolite_core.training.display import Display
from neurolite_core.training.ending import MOST_PROBES
from neurolite_core.training.finishing import calibrate_on
from neurolite_core.training.fitting.state import Progress, load_state
from neurolite_core.training.launching import alone
from neurolite_core.training.options import default_epochs
from neurolite_core.training.request import Request, Trained
from neurolite_core.training.starting.encoder import begin_with

if TYPE_CHECKING:
    from lightning_fabric import Fabric

# Turns by themselves up to here, then by tens: of later ones there are few.
_ALONE: Final = 10
_STEP: Final = 10


def train_conversations(request: Request, fabric: Fabric, display: Display) -> Trained:
    """Trains, and writes the checkpoint and the report.

    Args:
        request: its ``files`` have a column of conversations.
        fabric: from ``launch``, of one process.
        display: is told what goes on.

    Raises:
        InputError: data or folder that cannot be used; another process trains into the folder.
    """
    require_writable(request.out)
    with alone(fabric, request.out):
        display.stage("reading conversations", 0.0)
        parts = read_parts(request.files, request.options.seed)
        for line in _lines(parts):
            display.note(line)
        network = _network(request, parts)
        plan = Plan(network, parts.train, parts.validation, request.options)
        fingerprint = _fingerprint(request, parts)
        found = None if request.restart else load_state(request.out, fingerprint)
        progress, tensors = found or (Progress(fingerprint, _total_steps(plan)), None)
        resumed_at = progress.step
        fit_conversations(fabric, plan, progress, tensors, request.out, display.step)
        display.stage("calibrating and writing", 0.0)
        stored = with_table_bits(network, request.config.table_bits).eval()
        report = _finish(stored, parts, fabric.device, _facts(request, parts, progress), request)
    return Trained(request.out, report, resumed_at)


def by_turn(
    data: Conversations, rows: NDArray[np.int64], right: NDArray[np.bool_]
) -> dict[str, dict[str, Any]]:
    """How many texts of each turn were answered right; later turns are counted by tens.

    Args:
        data: the conversations.
        rows: int64 [R], the labelled rows.
        right: bool [R], which of them were answered right.
    """
    found: dict[str, dict[str, Any]] = {}
    turns = data.turn_of[rows] + 1
    first = 1
    while first <= turns.max(initial=0):
        last = first if first <= _ALONE else first + _STEP - 1
        here = (turns >= first) & (turns <= last)
        if here.any():
            name = str(first) if first == last else f"{first} to {last}"
            share = float(right[here].mean())
            found[name] = {"texts": int(here.sum()), "accuracy": share}
        first = last + 1
    return found


def probes_of(
    data: Conversations, known: Sequence[str]
) -> tuple[list[tuple[str, str | None]], list[int]]:
    """Whole conversations, evenly taken, of about ``MOST_PROBES`` turns.

    Args:
        data: conversations that were not learned.
        known: the model's labels; turns with others are taken as unlabelled.

    Returns:
        Texts, each with its label or None, and the number of each text's conversation.
    """
    step = max(1, -(-len(data.texts) // MOST_PROBES))
    some = data.some(np.arange(0, len(data), step))
    labels = [known[number] if 0 <= number < len(known) else None for number in some.label_ids]
    return list(zip(some.texts, labels, strict=True)), some.conversation_of.tolist()


def _network(request: Request, parts: Parts) -> NeuroLiteForClassification:
    torch.manual_seed(request.options.seed)
    config = replace(request.config, table_bits=FLOAT_BITS)  # packed at the end
    if config.wide is not None:
        raise InputError(
            "The config has a wide path, which --conversation does not train. Leave wide out of it."
        )
    labels = parts.train.labels
    with torch.device("meta"):  # which takes no memory
        check_parameters(NeuroLiteForClassification(config, labels=labels))
    network = NeuroLiteForClassification(config, labels=labels)
    begin_with(network, request.start)
    return network


def _total_steps(plan: Plan) -> int:
    epochs = plan.options.epochs or default_epochs(len(plan.train.labelled), 0.0)
    return epochs * plan.per_epoch


def _finish(
    network: NeuroLiteForClassification,
    parts: Parts,
    device: torch.device,
    facts: Mapping[str, Any],
    request: Request,
) -> Report:
    """Calibrates on the validation turns, measures, and writes checkpoint and report."""
    logits, ids = answers_of(network, parts.validation, device), parts.validation.label_ids
    known = np.flatnonzero((ids != UNLABELLED) & (ids < len(network.labels)))
    chosen = calibrate_on(network, logits[known], ids[known], lambda: None, validation=len(known))
    measured = parts.reported
    rows = measured.labelled
    # Answered again, although calibration knows the logits: the figures are those of the network that is saved.
    logits, ids = answers_of(network, measured, device)[rows], measured.label_ids[rows]
    report = build_report(
        logits,
        ids,
        [measured.texts[row] for row in rows.tolist()],
        network.labels,
        threshold=network.threshold,
        temperature=chosen.temperature,
        training={
            **facts,
            "turns": by_turn(measured, rows, logits.argmax(axis=1) == ids),
            "threshold_on_validation": asdict(chosen.point),
            "abstention": chosen.facts(),
        },
        unseen=measured.labels[len(network.labels) :],
        split=parts.split,
    )
    remove_report(request.out)
    probes, conversations = probes_of(parts.validation, network.labels)
    save_checkpoint(network, request.out, probes=probes, conversations=conversations)
    write_report(report, request.out, pictures=request.pictures)
    return report


def _lines(parts: Parts) -> list[str]:
    """What is in the data, for people."""
    named = [("train", parts.train), ("validation", parts.validation)]
    if parts.split == "test":
        named.append(("test", parts.reported))
    found = [*parts.train.described]
    for name, data in named:
        facts = data.facts()
        found.append(
            f"{name}: {facts['conversations']:,} conversations of up to {facts['longest']:,} turns, {facts['rows']:,} "
            f"turns, {facts['labelled']:,} of them labelled"
        )
    return [*found, f"labels: {len(parts.train.labels):,}"]


def _fingerprint(request: Request, parts: Parts) -> str:
    """Of all that decides the result."""
    facts = [
        parts.train.digest,
        parts.validation.digest,
        request.config.to_json(),
        None if request.start is None else request.start.digest,
        asdict(request.options),
    ]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _facts(request: Request, parts: Parts, progress: Progress) -> dict[str, Any]:
    best = progress.best
    assert best is not None  # noqa: S101  # there is an evaluation behind the last step
    return {
        "command": [Path(sys.argv[0]).name, *sys.argv[1:]],
        "config": json.loads(request.config.to_json()),
        "options": asdict(request.options),
        "start": None if request.start is None else request.name,
        "chosen": request.name,
        "tried": {},
        "how": f"step {progress.best_step:,} of {progress.total_steps:,}, by validation turns",
        "seed": request.options.seed,
        "seconds": progress.seconds,
        "steps": progress.step,
        "best_step": progress.best_step,
        "stopped_early": progress.stopped,
        "data": {
            "train": parts.train.facts(),
            "validation": parts.validation.facts(),
            parts.split: parts.reported.facts(),
        },
        "history": [item.facts("accuracy") for item in progress.history],
    }
