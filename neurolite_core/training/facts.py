"""What a report says of the training behind a model."""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from neurolite_core.training.choosing.picking import Fitted
from neurolite_core.training.request import Request
from neurolite_core.training.sources import Sources
from neurolite_core.training.teaching.distillation import Lessons
from neurolite_core.training.teaching.teachers.objects import teacher_name


def training_facts(best: Fitted, sources: Sources) -> dict[str, Any]:
    """Of the model that was taken, for the report."""
    request, progress = best.request, best.progress
    return {
        "command": [Path(sys.argv[0]).name, *sys.argv[1:]],
        "config": json.loads(best.config.to_json()),
        "options": asdict(request.options),
        "start": None if request.start is None else request.name,
        "chosen": request.name,
        "seed": request.options.seed,
        "seconds": progress.seconds,
        "steps": progress.step,
        "best_step": progress.best_step,
        "stopped_early": progress.stopped,
        "data": sources.report.to_json(),
        "teachers": [teacher_name(each) for each in request.teachers],
        "history": [item.facts(best.task.score_name) for item in progress.history],
        "how": best.how,
        **({} if best.wide_facts is None else {"wide": best.wide_facts}),
    }


def fingerprint_of(request: Request, sources: Sources, lessons: Lessons | None) -> str:
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
