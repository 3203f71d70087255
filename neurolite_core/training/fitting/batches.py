"""Rows to batches: which rows make a step, and their features. Everything follows from the seed.

Nothing is drawn from a shared generator: a batch depends on the seed, the epoch and its place alone,
so that a resumed run, one with more loader processes or one on several devices sees the same texts.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from neurolite_core.answer.tasks import CLASSIFICATION
from neurolite_core.data.store import TextStore
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.features import features_of
from neurolite_core.training.distort import distort
from neurolite_core.training.fitting.length_order import cut_by_length
from neurolite_core.training.fitting.objectives import OBJECTIVES
from neurolite_core.training.teaching.kept_logits import KeptLogits


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Some rows of a store, and what is wanted of them.

    Attributes:
        store: the texts.
        rows: int64 [R], which of them.
        targets: a teacher's logits for all rows of the store; None where any label is as likely.
        labelled: whether the rows' labels count.
        target_weight: weight of ``targets`` against the label.
        share: of a step's texts; the labelled part takes what the others leave.
    """

    store: TextStore
    rows: NDArray[np.int64]
    targets: KeptLogits | None
    labelled: bool
    target_weight: float
    share: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """What a step takes.

    Attributes:
        indices: int64 (N, L, K).
        counts: int64 (N), words of each text.
        truths: of an objective: int64 (N), -1 where a row has no label; of several labels a text float32 (N, C).
        targets: float32 (N, C), logits of the wanted distribution.
        target_weights: float32 (N), 0 where there is no target.
    """

    indices: Tensor
    counts: Tensor
    truths: Tensor
    targets: Tensor
    target_weights: Tensor

    def to(self, device: torch.device) -> Batch:
        """The batch on a device."""
        return Batch(
            self.indices.to(device, non_blocking=True),
            self.counts.to(device, non_blocking=True),
            self.truths.to(device, non_blocking=True),
            self.targets.to(device, non_blocking=True),
            self.target_weights.to(device, non_blocking=True),
        )


def texts_per_epoch(parts: Sequence[Part]) -> list[int]:
    """Texts that each part gives to an epoch: every labelled row once, the others by their share."""
    left = 1.0 - sum(part.share for part in parts[1:])
    labelled = len(parts[0].rows)
    return [labelled, *(round(labelled * part.share / left) for part in parts[1:])]


def batches_per_epoch(parts: Sequence[Part], batch_size: int) -> int:
    """Steps of an epoch; what does not fill a batch is left for another epoch's order."""
    texts = sum(texts_per_epoch(parts))
    return max(1, texts // batch_size)


def plan_epoch(
    parts: Sequence[Part], batch_size: int, *, seed: int, epoch: int
) -> list[NDArray[np.int64]]:
    """The batches of an epoch, each of int64 rows [n, 2]: which part, and which of the store's rows.

    Texts of about equal length stand together, and the batches are in random order.
    """
    rng = np.random.default_rng([seed, epoch])
    chosen = []
    lengths = []
    for number, (part, count) in enumerate(zip(parts, texts_per_epoch(parts), strict=True)):
        rows = part.rows
        taken = rng.permutation(rows)[:count]
        if count > len(rows):
            taken = np.concatenate([taken, rng.choice(rows, count - len(rows))])
        chosen.append(np.stack([np.full(count, number, dtype=np.int64), taken], axis=1))
        lengths.append(part.store.offsets[taken + 1] - part.store.offsets[taken])
    pairs, sizes = np.concatenate(chosen), np.concatenate(lengths)
    order = rng.permutation(len(pairs))
    size = min(batch_size, len(pairs))
    batches = [batch for batch in cut_by_length(order, sizes, size) if len(batch) == size]
    shuffled = rng.permutation(len(batches))[: batches_per_epoch(parts, batch_size)]
    return [pairs[batches[place]] for place in shuffled]


@dataclass(frozen=True, slots=True, eq=False)
class PlannedBatch:
    """Which rows make a step.

    Attributes:
        epoch: from 0.
        number: of the batch in its epoch.
        rows: int64 [n, 2], which part, and which of the store's rows.
    """

    epoch: int
    number: int
    rows: NDArray[np.int64]


def plan_steps(
    parts: Sequence[Part], batch_size: int, *, seed: int, steps: range
) -> Iterator[PlannedBatch]:
    """The batches of some steps, over as many epochs as they take; an epoch is planned when it begins."""
    per_epoch = batches_per_epoch(parts, batch_size)
    planned, plan = -1, list[NDArray[np.int64]]()
    for step in steps:
        epoch, number = divmod(step, per_epoch)
        if epoch != planned:
            planned, plan = epoch, plan_epoch(parts, batch_size, seed=seed, epoch=epoch)
        yield PlannedBatch(epoch, number, plan[number])


class Batches(Dataset[Batch]):
    """Features and targets of planned batches, or of one process's rows of each of them.

    Args:
        parts: the labelled part first.
        config: limits, K and M of the features.
        width: of targets and truths: C labels, or D components.
        task: key of ``OBJECTIVES``.
        typos, word_dropout: as in ``distort``.
        seed: of the distortion.
        rank, world_size: this process takes every ``world_size``-th row, from ``rank``.
    """

    def __init__(
        self,
        parts: Sequence[Part],
        config: NeuroLiteConfig,
        width: int,
        task: str = CLASSIFICATION,
        *,
        typos: float,
        word_dropout: float,
        seed: int,
        rank: int = 0,
        world_size: int = 1,
    ) -> None:
        # A plan names the rows: they need not be sent to the processes that prepare batches.
        self.parts = [replace(part, rows=part.rows[:0]) for part in parts]
        self.config, self.width, self.task = config, width, task
        self.typos, self.word_dropout, self.seed = typos, word_dropout, seed
        self.rank, self.world_size = rank, world_size

    def __getitem__(self, planned: PlannedBatch) -> Batch:
        rows, of_batch = planned.rows, f"{self.seed} {planned.epoch} {planned.number}"
        mine = range(self.rank, len(rows), self.world_size)
        objective, texts, truths = OBJECTIVES[self.task], [], []
        targets = np.zeros((len(mine), self.width), dtype=np.float32)
        weights = np.zeros(len(mine), dtype=np.float32)
        for place, at in enumerate(mine):
            part, row = self.parts[int(rows[at, 0])], int(rows[at, 1])
            # By the row's place in the whole batch: the number of processes changes nothing.
            rng = random.Random(f"{of_batch} {at}")  # noqa: S311  # no secret
            text = part.store.text(row).decode("utf-8", "surrogatepass")
            texts.append(distort(text, rng, typos=self.typos, word_dropout=self.word_dropout))
            truths.append(
                objective.truths(part.store, np.array([row]), self.width)
                if part.labelled
                else objective.unlabelled(self.width)
            )
            if part.targets is not None:
                targets[place] = part.targets[row]
            weights[place] = part.target_weight
        indices, counts, *_ = features_of(texts, self.config)
        return Batch(
            indices,
            counts,
            torch.from_numpy(np.concatenate(truths)),
            torch.from_numpy(targets),
            torch.from_numpy(weights),
        )
