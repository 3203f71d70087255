"""A head over words, fitted beside a text's label or alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.data import Dataset

from neurolite_core.answer.outputs import TAGS
from neurolite_core.network.model import TextNetwork
from neurolite_core.training.fitting.task import Measured, Task
from neurolite_core.training.spans.answering import answers_of
from neurolite_core.training.spans.batches import SpanBatch, SpanBatches
from neurolite_core.training.spans.recipe import distortion_of
from neurolite_core.training.spans.tagged import Tagged
from neurolite_core.training.spans.teaching.lessons import SpanLessons
from neurolite_core.training.spans.teaching.targets import tags_loss

SCORE: Final = "score"
SPAN_F1: Final = "span_f1"


class SpanStudent(nn.Module):
    """A network whose ``forward`` is features to all its answers, as data-parallel wrappers want it."""

    def __init__(self, network: TextNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, indices: Tensor, counts: Tensor) -> dict[str, Tensor]:
        """indices int64 (N, L, K), counts int64 (N) -> ``tags`` float32 (N, L, T), ``logits`` (N, C) with labels."""
        return self.network.network(indices, counts)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SpanTask(Task):
    """What is to be fitted.

    Attributes:
        spans: those of the store of all ``parts``.
        held: those of the store of ``validation``.
        lessons: what a teacher says of texts in place of rows; None without one.
    """

    spans: Tagged
    held: Tagged
    lessons: SpanLessons | None = None

    @property
    def labelled(self) -> bool:
        """Whether there is a label to learn beside the spans."""
        return bool(self.network.labels)

    @property
    def width(self) -> int:
        """C labels; 0 without."""
        return len(self.network.labels)

    @property
    def score_name(self) -> str:
        """The mean of the label's score and the spans' F1, or this alone."""
        return SCORE

    def student(self) -> nn.Module:
        """Features to all answers."""
        return SpanStudent(self.network)

    def batches(self, rank: int, world_size: int) -> Dataset[Any]:
        """Texts with labels and tags."""
        return SpanBatches(
            self.parts,
            self.spans,
            self.network.config,
            self.network.labels,
            self.network.task,
            how=distortion_of(self.options),
            lessons=self.lessons,
            seed=self.options.seed,
            rank=rank,
            world_size=world_size,
        )

    def loss(self, student: nn.Module, batch: Any, device: torch.device) -> Tensor:  # noqa: ANN401  # of ``batches``
        """Mean cross-entropy of words' tags, times its weight, and the label's of texts that have one.

        Of texts that a teacher answered it is the distance to its answers, by ``--teacher-weight``.
        """
        here, options = batch.to(device), self.options
        answers = student(here.indices, here.counts)
        found: Tensor = options.spans_weight * tags_loss(
            answers[TAGS], here.tags, here.soft, options.teacher_weight
        )
        chosen, targets, target_weights = self._label_targets(here)
        if not self.labelled or not chosen.any():
            return found
        logits, weights = answers["logits"][chosen], self.class_weights
        return found + self.objective.loss(
            logits,
            here.truths[chosen],
            targets[chosen],
            target_weights[chosen],
            class_weights=None if weights is None else torch.from_numpy(weights).to(device),
            label_smoothing=options.label_smoothing,
        )

    def _label_targets(self, batch: SpanBatch) -> tuple[Tensor, Tensor, Tensor]:
        """Which texts teach the label, bool (N); what a teacher says of them, float32 (N, C), with what weight (N)."""
        chosen, soft = batch.labelled, batch.soft
        none = torch.zeros((len(chosen), self.width), device=chosen.device)
        if soft is None or not self.options.teacher_weight:
            return chosen, none, none.new_zeros(len(chosen))
        # Of texts without a label there is nothing but what the teacher says.
        weights = torch.where(chosen, self.options.teacher_weight, 1.0) * soft.texts
        return chosen | soft.texts, soft.labels, weights

    def measured(self, device: torch.device) -> Measured:
        """The mean of the label's score and the spans' F1 on the validation rows, or this alone."""
        rows = self.validation.rows
        answers = answers_of(self.network, self.held, rows, device)
        f1 = self.held.f1(rows, answers.spans())
        loss = self.options.spans_weight * answers.loss
        if not self.labelled:
            return Measured(f1, loss, {SPAN_F1: f1})
        truths = self.validation.truths(self.width)
        score = self.objective.score(answers.logits, truths)
        loss += self.objective.validation_loss(answers.logits, truths)
        return Measured((score + f1) / 2, loss, {self.objective.score_name: score, SPAN_F1: f1})


def class_weights(task: SpanTask) -> NDArray[np.float32] | None:
    """Of the options: float32 [C], or None where all labels count alike."""
    if task.options.class_weights != "balanced" or not task.labelled:
        return None
    part = task.parts[0]
    return task.objective.balanced(part.store, part.rows)
