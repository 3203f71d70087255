"""The loop over conversations: truncated back-propagation through time (Williams and Peng, 1990).

A step is some whole conversations. Within it, every window of ``turns`` turns is one update, and what is remembered
goes on to the next window without its gradient.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neurolite_core.network.model import NeuroLiteForClassification
from neurolite_core.training.conversations.batches import windows
from neurolite_core.training.conversations.reading import UNLABELLED, Conversations
from neurolite_core.training.conversations.unrolling import Unrolled, answers_of, first_state
from neurolite_core.training.fitting.length_order import cut_by_length
from neurolite_core.training.fitting.loop import StepReport
from neurolite_core.training.fitting.objective import balanced_weights, training_loss
from neurolite_core.training.fitting.optimizer import LARGEST_GRADIENT, adamw, set_rates
from neurolite_core.training.fitting.predict import cross_entropy
from neurolite_core.training.fitting.state import (
    Evaluation,
    Progress,
    no_progress,
    optimizer_tensors,
    restore_optimizer,
    save_state,
)
from neurolite_core.training.options import TrainingOptions

if TYPE_CHECKING:
    from lightning_fabric import Fabric

_EVALUATIONS: Final = 20


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What is fitted, and in which portions.

    Attributes:
        network: weights as they are at the start.
        train: the conversations to learn.
        validation: those that decide which weights are kept.
        options: how.
    """

    network: NeuroLiteForClassification
    train: Conversations
    validation: Conversations
    options: TrainingOptions

    @property
    def conversations(self) -> int:
        """Of one step: as many as have ``batch_size`` labelled turns on average."""
        share = len(self.train.labelled) / len(self.train)
        return max(1, round(self.options.batch_size / share))

    @property
    def per_epoch(self) -> int:
        """Steps of one pass."""
        return -(-len(self.train) // self.conversations)

    def chosen(self, step: int) -> NDArray[np.int64]:
        """The conversations of a step; it depends on the seed and the step alone."""
        epoch, place = divmod(step, self.per_epoch)
        random = np.random.default_rng((self.options.seed, epoch))
        order = random.permutation(len(self.train))
        # Of about as many turns: a step takes as long as its longest conversation.
        batches = cut_by_length(order, self.train.turns, self.conversations)
        chosen: NDArray[np.int64] = batches[random.permutation(len(batches))[place]]
        return chosen

    def class_weights(self) -> Tensor | None:
        """float32 (C), or None where all labels count alike."""
        if self.options.class_weights != "balanced":
            return None
        ids = self.train.label_ids[self.train.labelled]
        return torch.from_numpy(balanced_weights(ids, len(self.network.labels)))


def fit_conversations(
    fabric: Fabric,
    plan: Plan,
    progress: Progress,
    tensors: dict[str, dict[str, Tensor]] | None,
    folder: Path,
    report: Callable[[StepReport], None],
) -> None:
    """Trains from where ``progress`` stands to the end, and leaves the best weights in the network.

    Args:
        fabric: launched, of one process.
        plan: what to fit.
        progress: from ``load_state``, or new; changed in place.
        tensors: from ``load_state``, or None.
        folder: of the state file, which is saved after every evaluation.
        report: called after every step.
    """
    network, options = plan.network, plan.options
    best: dict[str, Tensor] = {}
    if tensors:
        network.load_state_dict(tensors["weights"])
        best = dict(tensors["best"])
    plain = adamw(network, options)
    unrolled, optimizer = fabric.setup(Unrolled(network), plain)
    if tensors:
        restore_optimizer(plain, tensors["optimizer"])
    # At most once a pass: to answer the validation turns takes a third of the time of learning as many.
    every = max(-(-progress.total_steps // _EVALUATIONS), plan.per_epoch)
    started, before, losses = time.perf_counter(), progress.seconds, list[float]()
    network.train()
    while not progress.done():
        losses.append(_step(fabric, unrolled, optimizer, plan, progress))
        progress.step += 1
        progress.seconds = before + time.perf_counter() - started
        if progress.step % every == 0 or progress.step == progress.total_steps:
            _evaluate(fabric, plan, progress, float(np.mean(losses)))
            losses.clear()
            weights = network.state_dict()
            if progress.best_step == progress.step:
                best = {name: value.detach().clone() for name, value in weights.items()}
            progress.stopped = no_progress(progress, options.patience)
            save_state(folder, progress, weights, best, optimizer_tensors(plain))
        turns = len(plan.train.texts) * progress.step / plan.per_epoch
        speed = turns / max(progress.seconds, 1e-9)
        report(StepReport(progress, losses[-1] if losses else float("nan"), speed))
    network.load_state_dict(best)
    network.eval()


def _step(
    fabric: Fabric,
    unrolled: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    plan: Plan,
    progress: Progress,
) -> float:
    """One update for each window of some conversations; the mean loss of their labelled turns, nats."""
    options, network = plan.options, plan.network
    # Dropout then depends on the step alone, and a resumed run draws what the whole one drew.
    torch.manual_seed(options.seed * 1_000_003 + progress.step)
    set_rates(optimizer, progress.step, progress.total_steps)
    chosen = plan.chosen(progress.step)
    weights = plan.class_weights()
    state = first_state(network, len(chosen), fabric.device)
    total, labelled = 0.0, 0
    seed = f"{options.seed} {progress.step}"
    for window in windows(plan.train, chosen, network.config, options.turns, options, seed):
        here = window.to(fabric.device)
        logits, state = unrolled(here, tuple(each.detach() for each in state))
        asked = (here.label_ids != UNLABELLED).flatten()
        count = int(asked.sum())
        if not count:
            continue
        logits = logits.flatten(0, 1)[asked]
        loss = training_loss(
            logits,
            here.label_ids.flatten()[asked],
            torch.zeros_like(logits),
            torch.zeros(count, device=fabric.device),
            class_weights=None if weights is None else weights.to(fabric.device),
            label_smoothing=options.label_smoothing,
        )
        optimizer.zero_grad()
        fabric.backward(loss)
        fabric.clip_gradients(unrolled, optimizer, max_norm=LARGEST_GRADIENT)
        optimizer.step()
        total, labelled = total + float(loss.detach()) * count, labelled + count
    return total / max(1, labelled)


def _evaluate(fabric: Fabric, plan: Plan, progress: Progress, loss: float) -> None:
    """Accuracy on the labelled validation turns whose label can be answered."""
    logits = answers_of(plan.network, plan.validation, fabric.device)
    ids = plan.validation.label_ids
    rows = np.flatnonzero((ids != UNLABELLED) & (ids < logits.shape[1]))
    progress.add(
        Evaluation(
            step=progress.step,
            epoch=progress.step / plan.per_epoch,
            loss=loss,
            validation_loss=cross_entropy(logits[rows], ids[rows]),
            score=float((logits[rows].argmax(axis=1) == ids[rows]).mean()),
            seconds=progress.seconds,
        )
    )
