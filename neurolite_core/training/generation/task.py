"""A generator that is fitted: the cross-entropy of every word behind those before it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import Dataset

from neurolite_core.network.backbones.ssm import StateSpace
from neurolite_core.network.model import NeuroLiteForGeneration, TextNetwork
from neurolite_core.network.projection import BloomProjection
from neurolite_core.text.vocabulary import Vocabulary
from neurolite_core.training.fitting.objective import at_least_float32
from neurolite_core.training.fitting.task import Measured, Task
from neurolite_core.training.generation.batches import NOT_ASKED, WindowBatches, window_batch
from neurolite_core.training.generation.tokens import Tokens
from neurolite_core.training.generation.tying import TiedHead, tied

SCORE: Final = "inverse_perplexity"
PERPLEXITY: Final = "perplexity"
AVERAGING: Final = 0.999
_BATCH: Final = 32
# What a training computes ten times as fast as an exported graph, by the same numbers and without dropout.
_FASTER: Final = (BloomProjection, StateSpace)


class GeneratorStudent(nn.Module):
    """A generator whose ``forward`` is features to the logits of the words that are asked for.

    Args:
        network: the generator.
        word_dropout: share of the words that it does not see while it learns, whose others are as much larger
            (Gal and Ghahramani 2016, arXiv:1512.05287, section 4.2, of words where they stand).
        word_noise: share of the words that it reads as others of the batch while it learns, as frequent ones are often:
            smoothing as of n-grams (Xie et al. 2017, arXiv:1703.02573, unigram noising).
    """

    def __init__(
        self, network: NeuroLiteForGeneration, word_dropout: float = 0.0, word_noise: float = 0.0
    ) -> None:
        super().__init__()
        self.network = network
        self.word_dropout, self.word_noise = word_dropout, word_noise

    def forward(self, indices: Tensor, places: Tensor, counts: Tensor, targets: Tensor) -> Tensor:
        """As of a ``WindowBatch`` -> float32 (A, V), of A asked words."""
        logits: Tensor = self.network.head(self.vectors(indices, places, counts, targets))
        return logits

    def vectors(self, indices: Tensor, places: Tensor, counts: Tensor, targets: Tensor) -> Tensor:
        """As ``forward``, what its head takes: float32 (A, H)."""
        one = torch.ones((1, len(indices), 1), device=indices.device)
        distinct = self.network.model.projection(indices[None], one)[0]
        positions = torch.arange(places.shape[1], device=places.device)
        inside = positions < counts[:, None]
        mask = inside[..., None].to(distinct.dtype)
        seen = mask
        if self.training and self.word_noise:
            places = noised(places, inside, self.word_noise)
        if self.training and self.word_dropout:
            seen = functional.dropout(mask, self.word_dropout)
        words = functional.embedding(places, distinct) * seen
        vectors: Tensor = self.network.vectors_behind(self.network.model.encode_words(words, mask))
        return vectors[targets != NOT_ASKED]


def noised(places: Tensor, inside: Tensor, share: float) -> Tensor:
    """Words int64 (N, L) of which a share are others of the same ones, each as probable as it is frequent.

    Args:
        places: the words.
        inside: bool (N, L), where they count; elsewhere they stay.
        share: 0 to 1.
    """
    frequent = places[inside]
    if not len(frequent):
        return places
    drawn = frequent[torch.randint(len(frequent), places.shape, device=places.device)]
    changed = (torch.rand(places.shape, device=places.device) < share) & inside
    return torch.where(changed, drawn, places)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class GenerationTask(Task):
    """What is to be fitted; its one part and ``validation`` are of stores of windows.

    Attributes:
        vocabulary: the network's labels.
        tokens: of the part's store.
        held: of the validation's.
    """

    averaging: float = AVERAGING
    vocabulary: Vocabulary
    tokens: Tokens
    held: Tokens

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
        options = self.options
        return GeneratorStudent(self.generator, options.word_dropout, options.word_noise)

    def empty_network(self) -> TextNetwork:
        """Another network of the same shape, its head as this one's, its weights random."""
        empty = super(GenerationTask, self).empty_network()
        assert isinstance(empty, NeuroLiteForGeneration)  # noqa: S101  # ``run`` makes no other
        return tied(empty) if isinstance(self.generator.head, TiedHead) else empty

    def batches(self, rank: int, world_size: int) -> Dataset[Any]:
        """Windows with what is right behind each word."""
        return WindowBatches(self.tokens, self.network.config.max_words, rank, world_size)

    def loss(self, student: nn.Module, batch: Any, device: torch.device) -> Tensor:  # noqa: ANN401  # of ``batches``
        """Mean nats of the asked words."""
        here = batch.to(device)
        logits = student(here.indices, here.places, here.counts, here.targets)
        wanted = here.targets[here.targets != NOT_ASKED]
        return functional.cross_entropy(at_least_float32(logits), wanted)

    def measured(self, device: torch.device) -> Measured:
        """Perplexity on the validation windows; a window knows nothing of the words before it."""
        nats, words = measure(self.generator, self.held, self.validation.rows, device)
        loss = nats / max(words, 1)
        return Measured(math.exp(-loss), loss, {PERPLEXITY: math.exp(min(loss, 700.0))})


@torch.no_grad()
def measure(
    network: NeuroLiteForGeneration,
    tokens: Tokens,
    rows: NDArray[np.int64],
    device: torch.device,
) -> tuple[float, int]:
    """Nats of all asked words together, and how many there are; the network's mode is left as it was.

    Args:
        network: on ``device``.
        tokens: of windows, with the network's entries.
        rows: int64 [R], which of them.
        device: where the network is.
    """
    nats, words = 0.0, 0
    for vectors, wanted in asked_vectors(network, tokens, rows, device):
        logits = at_least_float32(network.head(vectors))
        nats += float(functional.cross_entropy(logits, wanted, reduction="sum"))
        words += len(wanted)
    return nats, words


def asked_vectors(
    network: NeuroLiteForGeneration,
    tokens: Tokens,
    rows: NDArray[np.int64],
    device: torch.device,
) -> Iterator[tuple[Tensor, Tensor]]:
    """What the head takes of the asked words of windows, some windows at once, the shortest first.

    The network computes as in evaluation until all were given, and is in its own mode again then.

    Args:
        network: on ``device``.
        tokens: of windows, with the network's entries.
        rows: int64 [R], which of them.
        device: where the network is.

    Yields:
        Vectors float32 (A, H), and the entries that are right, int64 (A).
    """
    student, was_training = GeneratorStudent(network), network.training
    network.eval()
    for module in network.modules():
        if isinstance(module, _FASTER):
            module.train()
    most = network.config.max_words
    order = rows[np.argsort(tokens.bounds[rows + 1] - tokens.bounds[rows], kind="stable")]
    try:
        for first in range(0, len(order), _BATCH):
            here = window_batch(tokens, order[first : first + _BATCH], most).to(device)
            vectors = student.vectors(here.indices, here.places, here.counts, here.targets)
            yield vectors, here.targets[here.targets != NOT_ASKED]
    finally:
        network.train(was_training)
