"""Rows to batches of texts with labels and tags. Everything follows from the seed, as in ``fitting.batches``."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.features import features_of
from neurolite_core.training.fitting.batches import Part, PlannedBatch
from neurolite_core.training.fitting.objectives import OBJECTIVES
from neurolite_core.training.spans.answering import padded_tags
from neurolite_core.training.spans.distorting import distort_tagged
from neurolite_core.training.spans.placing import PlacedText, place_words
from neurolite_core.training.spans.recipe import Distortion
from neurolite_core.training.spans.swapping import values_of
from neurolite_core.training.spans.tagged import Tagged
from neurolite_core.training.spans.teaching.lessons import SpanLessons
from neurolite_core.training.spans.teaching.targets import SoftTargets, soft_targets


@dataclass(frozen=True, slots=True, eq=False)
class SpanBatch:
    """What a step takes.

    Attributes:
        indices: int64 (N, L, K).
        counts: int64 (N), words of each text.
        tags: int64 (N, L), ``PADDING`` behind the last word.
        truths: of the labels, as the task's objective has them; (N, 0) without labels.
        labelled: bool (N), whether a row has a truth.
        soft: what a teacher says of some of them; None without one.
    """

    indices: Tensor
    counts: Tensor
    tags: Tensor
    truths: Tensor
    labelled: Tensor
    soft: SoftTargets | None = None

    def to(self, device: torch.device) -> SpanBatch:
        """The batch on a device."""
        return SpanBatch(
            self.indices.to(device, non_blocking=True),
            self.counts.to(device, non_blocking=True),
            self.tags.to(device, non_blocking=True),
            self.truths.to(device, non_blocking=True),
            self.labelled.to(device, non_blocking=True),
            None if self.soft is None else self.soft.to(device),
        )


class SpanBatches(Dataset[SpanBatch]):
    """Features and truths of planned batches, or of one process's rows of each of them.

    Args:
        parts: all of one store; the labelled part first.
        spans: of that store.
        config: limits, K and M of the features.
        labels: the C labels; none where spans are learned alone.
        task: of the network.
        how: texts are distorted.
        lessons: texts that stand in for rows, and a teacher's answers to them; None without a teacher.
        seed: of the distortion.
        rank, world_size: this process takes every ``world_size``-th row, from ``rank``.
    """

    def __init__(
        self,
        parts: Sequence[Part],
        spans: Tagged,
        config: NeuroLiteConfig,
        labels: Sequence[str],
        task: str,
        *,
        how: Distortion,
        lessons: SpanLessons | None = None,
        seed: int,
        rank: int = 0,
        world_size: int = 1,
    ) -> None:
        self.values = values_of(spans, np.concatenate([part.rows for part in parts]))
        # A plan names the rows: they need not be sent to the processes that prepare batches.
        self.parts = [replace(part, rows=part.rows[:0]) for part in parts]
        self.spans, self.config, self.width, self.task = spans, config, len(labels), task
        self.how, self.seed, self.rank, self.world_size = how, seed, rank, world_size
        self.lessons = lessons

    def __getitem__(self, planned: PlannedBatch) -> SpanBatch:
        of_batch = f"{self.seed} {planned.epoch} {planned.number}"
        mine = list(range(self.rank, len(planned.rows), self.world_size))
        # By the row's place in the whole batch: the number of processes changes nothing.
        rngs = [random.Random(f"{of_batch} {at}") for at in mine]  # noqa: S311  # no secret
        chosen = planned.rows[mine]
        lessons = self.lessons
        drawn = [
            None if lessons is None else lessons.draw(row, rng)
            for row, rng in zip(chosen[:, 1].tolist(), rngs, strict=True)
        ]
        read = self._read(chosen[:, 1], drawn)
        found = distort_tagged(read, rngs, self.how, self.values, self.config.max_words)
        indices, counts, *_ = features_of([each.text for each in found], self.config)
        labelled = np.array([self.parts[part].labelled for part in chosen[:, 0].tolist()])
        return SpanBatch(
            indices,
            counts,
            torch.from_numpy(padded_tags([each.tags for each in found], indices.shape[1])),
            torch.from_numpy(self._truths(chosen[:, 1], labelled)),
            torch.from_numpy(labelled),
            None
            if lessons is None
            else soft_targets(found, lessons.labels(drawn), indices.shape[1], lessons.num_tags),
        )

    def _read(self, rows: NDArray[np.int64], drawn: Sequence[int | None]) -> list[PlacedText]:
        """Rows, or what was drawn in their place, up to the last word that is read of each."""
        config, lessons = self.config, self.lessons
        texts = [
            own if number is None or lessons is None else lessons.variants.text(number)
            for own, number in zip(self.spans.store.texts(rows), drawn, strict=True)
        ]
        placed = place_words(texts, config.max_bytes, config.max_words)
        return [
            PlacedText(text, borders, self.spans.tags(row, len(borders)))
            if number is None or lessons is None
            else lessons.placed(number, text, borders)
            for (text, borders), row, number in zip(placed, rows.tolist(), drawn, strict=True)
        ]

    def _truths(self, rows: NDArray[np.int64], labelled: NDArray[np.bool_]) -> NDArray[np.generic]:
        if not self.width:
            return np.zeros((len(rows), 0), np.float32)
        objective = OBJECTIVES[self.task]
        return np.concatenate(
            [
                objective.truths(self.spans.store, rows[place : place + 1], self.width)
                if has_label
                else objective.unlabelled(self.width)
                for place, has_label in enumerate(labelled.tolist())
            ]
        )
