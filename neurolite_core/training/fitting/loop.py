"""The training loop: the same lines on one processor, one GPU, or many processes by Lightning Fabric."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from neurolite_core.ground.lifelines import end_with_owner
from neurolite_core.ground.processes import processes
from neurolite_core.network.config import FLOAT_BITS
from neurolite_core.network.experts import routing_loss_of
from neurolite_core.training.fitting.averaging import Average
from neurolite_core.training.fitting.batches import batches_per_epoch, plan_steps
from neurolite_core.training.fitting.optimizer import LARGEST_GRADIENT, adamw, set_rates
from neurolite_core.training.fitting.state import (
    Evaluation,
    Progress,
    no_progress,
    optimizer_tensors,
    restore_optimizer,
    save_state,
)
from neurolite_core.training.fitting.task import Task

if TYPE_CHECKING:
    from lightning_fabric import Fabric

_EVALUATIONS: Final = 20
_ROUNDED_ANEW: Final = (
    50  # steps after which other factors of a packed table are looked for; it takes as long as one
)
_HOPELESS: Final = ((0.25, 0.2), (0.5, 0.1))
_SPEED_STEPS: Final = 20  # the first quarter of them is not counted


@dataclass(frozen=True, slots=True)
class StepReport:
    """What a step tells a progress display: loss in nats, texts per second, and how far it is."""

    progress: Progress
    loss: float
    texts_per_second: float


def fit(
    fabric: Fabric,
    task: Task,
    progress: Progress,
    tensors: dict[str, dict[str, Tensor]] | None,
    folder: Path,
    report: Callable[[StepReport], None],
    *,
    rival: float | None = None,
) -> None:
    """Trains from where ``progress`` stands to the end, and leaves the best weights in the network.

    The state is saved after every evaluation, by the first process.

    Args:
        fabric: launched.
        task: what to fit.
        progress: from ``load_state``, or new; changed in place.
        tensors: from ``load_state``, or None.
        folder: of the state file.
        report: called after every step in the first process.
        rival: another's score, with which this one is given up where it ``is_hopeless``.
    """
    network, options = task.network, task.options
    if tensors:
        network.load_state_dict(tensors["weights"])
    best = dict(tensors["best"]) if tensors else {}
    student, optimizer, plain = _set_up(fabric, task)
    if tensors:
        restore_optimizer(plain, tensors["optimizer"])
    average = Average(task, tensors["average"] if tensors else {})
    task.round()
    per_epoch = batches_per_epoch(task.parts, options.batch_size)
    every = max(1, -(-progress.total_steps // _EVALUATIONS))
    losses: list[float] = []
    started, seconds_before = time.perf_counter(), progress.seconds
    if task.starts_trained and not progress.history:
        _evaluate(fabric, task, progress, None, per_epoch)
        best = {name: value.detach().clone() for name, value in _weights(network)}
    network.train()
    left = range(progress.step, progress.step if progress.done() else progress.total_steps)
    for batch in _loader(fabric, task, left):
        losses.append(_step(fabric, student, optimizer, batch, task, progress))
        progress.step += 1
        average.update(progress.step)
        progress.seconds = seconds_before + time.perf_counter() - started
        if progress.step % every == 0 or progress.step == progress.total_steps:
            with average.applied():
                _evaluate(fabric, task, progress, float(np.mean(losses)), per_epoch)
                if progress.best_step == progress.step:
                    best = {name: value.detach().clone() for name, value in _weights(network)}
            losses.clear()
            progress.stopped = no_progress(progress, options.patience) or is_hopeless(
                progress, rival
            )
            if fabric.is_global_zero:
                moments = optimizer_tensors(plain)
                weights = dict(_weights(network))
                save_state(folder, progress, weights, best, moments, average.tensors())
        if fabric.is_global_zero:
            speed = options.batch_size * progress.step / max(progress.seconds, 1e-9)
            report(StepReport(progress, losses[-1] if losses else float("nan"), speed))
        if progress.stopped:
            break
    network.load_state_dict(best)
    network.eval()


def fit_to_the_end(
    fabric: Fabric, task: Task, total_steps: int, report: Callable[[float], None]
) -> None:
    """Trains a number of steps and keeps the last weights: nothing is chosen on rows, and no state is saved.

    Args:
        fabric: launched.
        task: what to fit; its validation rows are not looked at.
        total_steps: how many, at least 1.
        report: told the share that is done after every step.
    """
    student, optimizer, _ = _set_up(fabric, task)
    progress = Progress("", total_steps=total_steps)
    task.network.train()
    for batch in _loader(fabric, task, range(total_steps)):
        _step(fabric, student, optimizer, batch, task, progress)
        progress.step += 1
        report(progress.step / total_steps)
    task.network.eval()


def steps_in(fabric: Fabric, task: Task, seconds: float) -> int:
    """Steps that fit in a time, by the speed of a few steps on a copy of the network; at least 1."""
    copy = task.empty_network()
    copy.load_state_dict(task.network.state_dict())
    trial = replace(task, network=copy, workers=0, starts_trained=False, table_bits=FLOAT_BITS)
    student, optimizer, _ = _set_up(fabric, trial)
    progress = Progress("", total_steps=_SPEED_STEPS)
    times: list[float] = []
    for batch in _loader(fabric, trial, range(_SPEED_STEPS)):
        started = time.perf_counter()
        _step(fabric, student, optimizer, batch, trial, progress)
        times.append(time.perf_counter() - started)
        progress.step += 1
    step_seconds = float(np.mean(times[_SPEED_STEPS // 4 :]))
    return fabric.broadcast(max(1, int(seconds / step_seconds)))


def _set_up(
    fabric: Fabric, task: Task
) -> tuple[nn.Module, torch.optim.Optimizer, torch.optim.Optimizer]:
    """The student and its optimizer as Fabric wraps them, and the optimizer itself."""
    plain = adamw(task.network, task.options)
    student, optimizer = fabric.setup(task.student(), plain)
    return student, optimizer, plain


def _loader(fabric: Fabric, task: Task, steps: range) -> DataLoader[Any]:
    """The batches of some steps; one loader for all of them, as its processes take time to start."""
    options = task.options
    batches = task.batches(fabric.global_rank, fabric.world_size)
    planned = plan_steps(task.parts, options.batch_size, seed=options.seed, steps=steps)
    return DataLoader(
        batches,
        batch_size=None,
        sampler=planned,
        num_workers=task.workers,
        multiprocessing_context=processes(type(batches).__module__) if task.workers else None,
        worker_init_fn=_begin_worker if task.workers else None,
    )


def _begin_worker(number: int) -> None:  # noqa: ARG001  # as DataLoader calls it
    """PyTorch watches a worker's parent, which is the server of processes and lives as long as its workers."""
    end_with_owner()


def _step(
    fabric: Fabric,
    student: nn.Module,
    optimizer: torch.optim.Optimizer,
    batch: Any,  # noqa: ANN401  # of the task's own kind
    task: Task,
    progress: Progress,
) -> float:
    options = task.options
    if progress.step % _ROUNDED_ANEW == 0:
        task.round()
    # Dropout then depends on the step alone, and a resumed run draws what the whole one drew.
    torch.manual_seed(
        (options.seed * 1_000_003 + progress.step) * fabric.world_size + fabric.global_rank
    )
    set_rates(optimizer, progress.step, progress.total_steps)
    loss = task.loss(student, batch, fabric.device)
    routing = routing_loss_of(task.network)
    loss = loss if routing is None else loss + routing
    optimizer.zero_grad()
    fabric.backward(loss)
    fabric.clip_gradients(student, optimizer, max_norm=LARGEST_GRADIENT)
    optimizer.step()
    return float(loss.detach())


def _evaluate(
    fabric: Fabric, task: Task, progress: Progress, loss: float | None, per_epoch: int
) -> None:
    task.round()  # as it would be stored if it were chosen
    # Every process answers all validation rows: they are few, and nobody waits for a gather.
    found = task.measured(fabric.device)
    progress.add(
        Evaluation(
            step=progress.step,
            epoch=progress.step / per_epoch,
            loss=found.loss if loss is None else loss,
            validation_loss=found.loss,
            score=found.score,
            seconds=progress.seconds,
            parts=dict(found.parts),
        )
    )


def _weights(network: nn.Module) -> list[tuple[str, Tensor]]:
    return list(network.state_dict().items())


def is_hopeless(progress: Progress, rival: float | None) -> bool:
    """Whether a training is too far behind another's score to get there.

    20 points after a quarter of its steps, or 10 after half of them: docs/training.md has what trainings gained from
    there on.
    """
    best = progress.best
    if rival is None or best is None:
        return False
    share = progress.step / progress.total_steps
    return any(share >= done and best.score < rival - behind for done, behind in _HOPELESS)
