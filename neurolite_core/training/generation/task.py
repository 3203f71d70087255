"""A generator that is fitted: the cross-entropy of every word behind those before it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import Dataset

from neurolite_core.data.store import TextStore
from neurolite_core.network.model import NeuroLiteForGeneration
from neurolite_core.text.vocabulary import Vocabulary
from neurolite_core.training.fitting.objective import at_least_float32
from neurolite_core.training.fitting.task import Measured, Task
from neurolite_core.training.generation.batches import NOT_ASKED, WindowBatches, window_batch

SCORE: Final = "inverse_perplexity"
PERPLEXITY: Final = "perplexity"
_BATCH: Final = 32


class GeneratorStudent(nn.Module):
    """A generator whose ``forward`` is features to the logits of the words that are asked for."""

    def __init__(self, network: NeuroLiteForGeneration) -> None:
        super().__init__()
        self.network = network

    def forward(self, indices: Tensor, counts: Tensor, targets: Tensor) -> Tensor:
        """indices int64 (N, L, K), counts int64 (N), targets int64 (N, L + 1) -> float32 (A, V), of A asked words."""
        vectors = self.network.following(indices, counts)
        logits: Tensor = self.network.head(vectors[targets != NOT_ASKED])
        return logits


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class GenerationTask(Task):
    """What is to be fitted; its one part and ``validation`` are of stores of windows.

    Attributes:
        vocabulary: the network's labels.
    """

    vocabulary: Vocabulary

    @property
    def width(self) -> int:
        """V entries."""
        return len(self.vocabulary)

    @property
    def score_name(self) -> str:
        """One divided by the perplexity: the higher the better, 0 to 1."""
        return SCORE

    @property
    def generator(self) -> NeuroLiteForGeneration:
        """The network."""
        network = self.network
        assert isinstance(network, NeuroLiteForGeneration)  # noqa: S101  # ``run`` makes no other
        return network

    def student(self) -> nn.Module:
        """Features to logits of asked words."""
        return GeneratorStudent(self.generator)

    def batches(self, rank: int, world_size: int) -> Dataset[Any]:
        """Windows with what is right behind each word."""
        part = self.parts[0]
        return WindowBatches(part.store, self.vocabulary, self.network.config, rank, world_size)

    def loss(self, student: nn.Module, batch: Any, device: torch.device) -> Tensor:  # noqa: ANN401  # of ``batches``
        """Mean nats of the asked words."""
        here = batch.to(device)
        logits = student(here.indices, here.counts, here.targets)
        wanted = here.targets[here.targets != NOT_ASKED]
        return functional.cross_entropy(at_least_float32(logits), wanted)

    def measured(self, device: torch.device) -> Measured:
        """Perplexity on the validation windows; a window knows nothing of the words before it."""
        held = self.validation
        nats, words = measure(self.generator, held.store, held.rows, self.vocabulary, device)
        loss = nats / max(words, 1)
        return Measured(math.exp(-loss), loss, {PERPLEXITY: math.exp(min(loss, 700.0))})


@torch.no_grad()
def measure(
    network: NeuroLiteForGeneration,
    store: TextStore,
    rows: NDArray[np.int64],
    vocabulary: Vocabulary,
    device: torch.device,
) -> tuple[float, int]:
    """Nats of all asked words together, and how many there are; the network's mode is left as it was.

    Args:
        network: on ``device``.
        store: of windows.
        rows: int64 [R], which of them.
        vocabulary: the network's labels.
        device: where the network is.
    """
    student, was_training = GeneratorStudent(network), network.training
    network.eval()
    network.model.projection.train()  # the same sums ten times as fast, and no dropout in it
    order = rows[np.argsort(store.offsets[rows + 1] - store.offsets[rows], kind="stable")]
    nats, words = 0.0, 0
    for first in range(0, len(order), _BATCH):
        some = order[first : first + _BATCH].tolist()
        here = window_batch(store, some, vocabulary, network.config).to(device)
        wanted = here.targets[here.targets != NOT_ASKED]
        logits = at_least_float32(student(here.indices, here.counts, here.targets))
        nats += float(functional.cross_entropy(logits, wanted, reduction="sum"))
        words += len(wanted)
    network.train(was_training)
    return nats, words
