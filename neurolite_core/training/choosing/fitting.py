"""One candidate, trained: from the state that is there, if it is its own, to weights that validation rows choose."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from neurolite_core.ground.files import require_writable
from neurolite_core.training.choosing.picking import Fitted
from neurolite_core.training.display import Display
from neurolite_core.training.fitting.loop import fit, is_hopeless
from neurolite_core.training.fitting.state import STATE_FILE, Progress, load_state
from neurolite_core.training.fitting.task import Task
from neurolite_core.training.starting.heads import fit_head
from neurolite_core.training.starting.rewarded import learn_readout

if TYPE_CHECKING:
    from lightning_fabric import Fabric

    from neurolite_core.training.request import Request


def fit_candidate(
    request: Request,
    task: Task,
    fingerprint: str,
    total_steps: Callable[[], int],
    fabric: Fabric,
    display: Display,
    *,
    rival: float | None = None,
) -> Fitted:
    """Trains one candidate; validation rows choose the weights, or give it up as hopeless against another.

    Args:
        request: of this candidate.
        task: its network has the weights to begin with; a head is solved for where it has an encoder's and labels.
        fingerprint: of all that decides the result.
        total_steps: counts the steps of a training that begins.
        fabric: launched.
        display: is told what goes on.
        rival: another's score.

    Raises:
        InputError: the folder cannot be written, or the state in it is damaged.
    """
    require_writable(request.out)
    network = task.network
    if task.starts_trained and network.labels:
        fit_head(task, lambda share: display.stage("fitting a head to the encoder", share))
    initial = {name: value.detach().clone() for name, value in network.state_dict().items()}
    found = None if request.restart else load_state(request.out, fingerprint)
    there = (request.out / STATE_FILE).is_file()
    fabric.barrier()  # nobody writes a state before all have read it
    progress, tensors = found or (Progress(fingerprint, total_steps()), None)
    resumed_at = progress.step
    if there:
        display.note(_where_it_begins(progress, request, known=found is not None))
    fit(fabric, task, progress, tensors, request.out, display.step, rival=rival)
    best = progress.best
    assert best is not None  # noqa: S101  # there is an evaluation behind the last step
    rewarded = learn_readout(task)
    return Fitted(
        request=request,
        task=task,
        initial=initial,
        progress=progress,
        score=best.score if rewarded is None else rewarded,
        how=_how(progress, rival),
        hopeless=is_hopeless(progress, rival),
        resumed_at=resumed_at,
    )


def _how(progress: Progress, rival: float | None) -> str:
    """What decided the weights."""
    total = f"{progress.total_steps:,}"
    if is_hopeless(progress, rival):
        return f"given up at step {progress.step:,} of {total}, too far behind"
    return f"step {progress.best_step:,} of {total}, by validation rows"


def _where_it_begins(progress: Progress, request: Request, *, known: bool) -> str:
    """What became of the state that was there."""
    if known:
        return f"going on at step {progress.step:,} of {progress.total_steps:,}"
    if request.restart:
        return "from step 0: --restart forgets the state that is there"
    return "from step 0: the state that is there is of other data, options or another model"
