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
from neurolite_core.text.word_offsets import word_borders
from neurolite_core.text.words import truncate
from neurolite_core.training.fitting.batches import Part, PlannedBatch
from neurolite_core.training.fitting.objectives import OBJECTIVES
from neurolite_core.training.spans.answering import padded_tags
from neurolite_core.training.spans.distorting import distort_tagged
from neurolite_core.training.spans.recipe import Distortion
from neurolite_core.training.spans.swapping import PlacedText, values_of
from neurolite_core.training.spans.tagged import Tagged


@dataclass(frozen=True, slots=True, eq=False)
class SpanBatch:
    """What a step takes.

    Attributes:
        indices: int64 (N, L, K).
        counts: int64 (N), words of each text.
        tags: int64 (N, L), ``PADDING`` behind the last word.
        truths: of the labels, as the task's objective has them; (N, 0) without labels.
        labelled: bool (N), whether a row has a truth.
    """

    indices: Tensor
    counts: Tensor
    tags: Tensor
    truths: Tensor
    labelled: Tensor

    def to(self, device: torch.device) -> SpanBatch:
        """The batch on a device."""
        return SpanBatch(
            self.indices.to(device, non_blocking=True),
            self.counts.to(device, non_blocking=True),
            self.tags.to(device, non_blocking=True),
            self.truths.to(device, non_blocking=True),
            self.labelled.to(device, non_blocking=True),
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
        seed: int,
        rank: int = 0,
        world_size: int = 1,
    ) -> None:
        self.values = values_of(spans, np.concatenate([part.rows for part in parts]))
        # A plan names the rows: they need not be sent to the processes that prepare batches.
        self.parts = [replace(part, rows=part.rows[:0]) for part in parts]
        self.spans, self.config, self.width, self.task = spans, config, len(labels), task
        self.how, self.seed, self.rank, self.world_size = how, seed, rank, world_size

    def __getitem__(self, planned: PlannedBatch) -> SpanBatch:
        of_batch = f"{self.seed} {planned.epoch} {planned.number}"
        mine = list(range(self.rank, len(planned.rows), self.world_size))
        # By the row's place in the whole batch: the number of processes changes nothing.
        rngs = [random.Random(f"{of_batch} {at}") for at in mine]  # noqa: S311  # no secret
        chosen = planned.rows[mine]
        read = self._read(chosen[:, 1])
        found = distort_tagged(read, rngs, self.how, self.values, self.config.max_words)
        indices, counts, *_ = features_of([text for text, _ in found], self.config)
        labelled = np.array([self.parts[part].labelled for part in chosen[:, 0].tolist()])
        return SpanBatch(
            indices,
            counts,
            torch.from_numpy(padded_tags([own for _, own in found], indices.shape[1])),
            torch.from_numpy(self._truths(chosen[:, 1], labelled)),
            torch.from_numpy(labelled),
        )

    def _read(self, rows: NDArray[np.int64]) -> list[PlacedText]:
        """Texts up to the last word that is read of each, where their words stand, and their tags."""
        config = self.config
        texts = [truncate(text, config.max_bytes)[0] for text in self.spans.store.texts(rows)]
        text_of, borders = word_borders(texts)
        bounds = np.searchsorted(text_of, np.arange(len(texts) + 1)).tolist()
        found = []
        for number, (text, row) in enumerate(zip(texts, rows.tolist(), strict=True)):
            own = borders[bounds[number] : bounds[number + 1]][: config.max_words]
            end = int(own[-1, 1]) if len(own) else 0
            found.append(PlacedText(text[:end], own, self.spans.tags(row, len(own))))
        return found

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
