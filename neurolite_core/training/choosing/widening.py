"""A candidate with a wide path beside it, where that clearly gains and the size limit leaves room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.training.choosing.alone import MOST_ALONE, NGRAMS
from neurolite_core.training.choosing.picking import Fitted
from neurolite_core.training.choosing.sizes import onnx_bytes
from neurolite_core.training.cross_fitting import Scored, cross_fit, folds_of, is_within_reach
from neurolite_core.training.display import Display
from neurolite_core.training.sources import Sources
from neurolite_core.training.wide.beside import (
    ALONE,
    FEWEST_ROWS,
    MOST_ROWS,
    OFF,
    Wanted,
    fit_wide,
)
from neurolite_core.training.wide.packing import most_rows
from neurolite_core.training.wide.settings import Tried
from neurolite_core.training.wide.telling import wide_line

if TYPE_CHECKING:
    from lightning_fabric import Fabric

# What nodes of a wide path take in an ONNX file, beside its table; 22,200 bytes were measured.
_GRAPH: Final = 25_000


def widen(
    fitted: Fitted,
    sources: Sources,
    fabric: Fabric,
    display: Display,
    ngrams: tuple[Tried, ...] = (),
) -> Fitted:
    """The same, with what became of its wide path.

    A network that was given up, as it was clearly worse than another's, was not trained; its wide path is fitted all
    the same and answers alone.

    Args:
        fitted: trained.
        sources: its rows; the validation rows decide, or all of them by cross-fitted answers.
        fabric: launched.
        display: is told what goes on.
        ngrams: what was found for another candidate, as the rows decide it and hardly the network.

    Raises:
        InputError: with ``--wide on``, where there is no room for it.
    """
    request, task = fitted.request, fitted.task
    if request.options.wide == OFF:
        return fitted
    alone = request.name == NGRAMS
    crossed, cross = fitted.crossed, None
    if alone:
        crossed = None if len(sources.validation.rows) else _silent(fitted)
    elif fitted.settled is None:
        if is_within_reach(sources, request.options):
            steps = fitted.progress.total_steps
            cross = partial(cross_fit, fabric, task, fitted.initial, steps, display.stage)
    elif crossed is None:
        crossed = _silent(fitted)
    room = room_of(request.most_bytes, request.config, task.network.task, fitted.network.labels)
    wanted = Wanted(
        mode=ALONE if alone else request.options.wide,
        room=room,
        crossed=crossed,
        cross=cross,
        agree=fabric.broadcast,
        ngrams=ngrams,
        most=MOST_ALONE if alone else MOST_ROWS,
    )
    widened = fit_wide(fitted.stored, task, sources, wanted, fabric.device, display.stage)
    display.note(f"wide path: {wide_line(widened.facts)}")
    fitted = replace(fitted, wide_facts=widened.facts, ngrams=widened.ngrams)
    if widened.score is None:
        return fitted
    given_up = not alone and fitted.settled is not None and fitted.settled.crossed is None
    how = f"the wide path alone; the network was {fitted.how}" if given_up else fitted.how
    return replace(fitted, widened=widened, score=widened.score, how=how)


def room_of(
    most_bytes: int | None, config: NeuroLiteConfig, task: str, labels: Sequence[str]
) -> int | None:
    """Bytes that a file leaves for a wide path's table; None without a limit."""
    return None if most_bytes is None else most_bytes - onnx_bytes(config, task, labels) - _GRAPH


def has_room(
    most_bytes: int | None, config: NeuroLiteConfig, task: str, labels: Sequence[str]
) -> bool:
    """Whether that is enough for one."""
    room = room_of(most_bytes, config, task, labels)
    return room is None or most_rows(room, len(labels)) >= FEWEST_ROWS


def _silent(fitted: Fitted) -> Scored:
    """Answers of no network: every label is as likely."""
    task = fitted.task
    store = task.parts[0].store
    rows = np.concatenate([fold.held for fold in folds_of(task)])
    return Scored(
        np.zeros((len(rows), task.width), np.float32),
        task.objective.truths(store, rows, task.width),
        rows,
    )
