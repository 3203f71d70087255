"""What a training is: a network, the rows that it learns, those that decide, and what is minimised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.data import Dataset

from neurolite_core.network.config import FLOAT_BITS
from neurolite_core.network.early import layer_answers
from neurolite_core.network.model import TASKS, TextNetwork
from neurolite_core.network.ruling import same_rules
from neurolite_core.network.table_bits import learn_rounded
from neurolite_core.training.fitting.batches import Batches, Part
from neurolite_core.training.fitting.objectives import OBJECTIVES, Objective
from neurolite_core.training.fitting.predict import predict
from neurolite_core.training.held_rows import Validation as Validation
from neurolite_core.training.options import TrainingOptions


class Student(nn.Module):
    """A network whose ``forward`` is features to what is fitted, as data-parallel wrappers want it."""

    def __init__(self, network: TextNetwork) -> None:
        super().__init__()
        self.network = network
        self.output = OBJECTIVES[network.task].output

    def forward(self, indices: Tensor, counts: Tensor) -> Tensor:
        """indices int64 (N, L, K), counts int64 (N) -> logits (N, C), of layers (D, N, C), or vectors (N, D)."""
        if self.network.exits is not None:
            return torch.stack(layer_answers(self.network, indices, counts)[0])
        return self.network.network(indices, counts)[self.output]


@dataclass(frozen=True, slots=True)
class Measured:
    """What validation rows say of weights.

    Attributes:
        score: which weights are kept, 0 to 1.
        loss: nats.
        parts: figures of which the score is made, by name.
    """

    score: float
    loss: float
    parts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """What is to be fitted; ``spans.task.SpanTask`` fits a head over words beside it.

    Attributes:
        network: weights as they are at the start.
        parts: the labelled part first.
        validation: decides which weights are kept.
        options: how.
        class_weights: float32 [C], or None.
        workers: processes that prepare batches; 0 for none beside the training itself.
        starts_trained: whether the weights at the start can be the best ones.
        table_bits: in which the table will be stored; the network learns with it rounded so.
        averaging: share of the average of the weights that a step leaves as it is; the average is what is evaluated and
            kept. 0 for the weights themselves.
    """

    network: TextNetwork
    parts: tuple[Part, ...]
    validation: Validation
    options: TrainingOptions
    class_weights: NDArray[np.float32] | None = None
    workers: int = 0
    starts_trained: bool = False
    table_bits: int = FLOAT_BITS
    averaging: float = 0.0

    @property
    def objective(self) -> Objective:
        """Of the network's task."""
        return OBJECTIVES[self.network.task]

    @property
    def width(self) -> int:
        """Of what is fitted: C labels, or D components."""
        return self.objective.width(self.network)

    @property
    def score_name(self) -> str:
        """What the score of the history is."""
        return self.objective.score_name

    def student(self) -> nn.Module:
        """The network as it is fitted: features of a batch to what ``loss`` compares."""
        return Student(self.network)

    def batches(self, rank: int, world_size: int) -> Dataset[Any]:
        """The batches of planned steps, or of one process's rows of each of them; see ``Batches``."""
        options = self.options
        return Batches(
            self.parts,
            self.network.config,
            self.width,
            self.network.task,
            typos=options.typos,
            word_dropout=options.word_dropout,
            seed=options.seed,
            rank=rank,
            world_size=world_size,
        )

    def loss(self, student: nn.Module, batch: Any, device: torch.device) -> Tensor:  # noqa: ANN401  # of ``batches``
        """What a step minimises, a scalar."""
        here = batch.to(device)
        weights = self.class_weights
        answers, exits = student(here.indices, here.counts), self.network.config.exits
        losses = [
            self.objective.loss(
                each,
                here.truths,
                here.targets,
                here.target_weights,
                class_weights=None if weights is None else torch.from_numpy(weights).to(device),
                label_smoothing=self.options.label_smoothing,
            )
            for each in ([answers] if exits is None else answers)
        ]
        if exits is None:
            return losses[0]
        # Deep supervision: Lee et al. 2015, arXiv:1409.5185.
        return losses[-1] + exits.weight * torch.stack(losses[:-1]).mean()

    def measured(self, device: torch.device) -> Measured:
        """What the validation rows say of the network."""
        held, objective = self.validation, self.objective
        answers = predict(self.network, held.store, held.rows, device, objective.output)
        truths = held.truths(self.width)
        return Measured(
            objective.score(answers, truths), objective.validation_loss(answers, truths)
        )

    def round(self) -> None:
        """Makes the network compute with the table as it would be stored now."""
        if self.table_bits != FLOAT_BITS:
            learn_rounded(self.network)

    def empty_network(self) -> TextNetwork:
        """Another network of the same shape, its weights random."""
        empty = TASKS[self.network.task](self.network.config, labels=self.network.labels)
        same_rules(empty, self.network)
        return empty
