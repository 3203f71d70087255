"""A teacher's answers in a batch, and the distance of a network's tags to them.

Hinton, Vinyals and Dean 2015, "Distilling the Knowledge in a Neural Network", arXiv:1503.02531, at temperature 1, word
by word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from neurolite_core.training.fitting.objective import at_least_float32
from neurolite_core.training.spans.answering import PADDING
from neurolite_core.training.spans.placing import PlacedText
from neurolite_core.training.spans.recipe import SMOOTHING_OF_TAGS


@dataclass(frozen=True, slots=True, eq=False)
class SoftTargets:
    """What a teacher says of some texts of a batch.

    Attributes:
        words: bool (N, L), of which words it says something.
        tags: float16 (M, T), logits of the M words' tags, text by text.
        texts: bool (N), which texts these are.
        labels: float32 (N, C), logits; 0 of the other texts.
    """

    words: Tensor
    tags: Tensor
    texts: Tensor
    labels: Tensor

    def to(self, device: torch.device) -> SoftTargets:
        """The answers on a device."""
        return SoftTargets(
            self.words.to(device, non_blocking=True),
            self.tags.to(device, non_blocking=True),
            self.texts.to(device, non_blocking=True),
            self.labels.to(device, non_blocking=True),
        )


def soft_targets(
    texts: Sequence[PlacedText], labels: NDArray[np.float32], length: int, num_tags: int
) -> SoftTargets:
    """The answers that some of N texts have.

    Args:
        texts: N of them.
        labels: float32 [N, C], logits; 0 of texts without answers.
        length: L, words that are read of the longest.
        num_tags: T.
    """
    words = np.zeros((len(texts), length), np.bool_)
    tags = [np.zeros((0, num_tags), np.float16)]
    for row, text in zip(words, texts, strict=True):
        if text.soft is not None:
            row[: len(text.soft)] = True
            tags.append(text.soft[:length])
    return SoftTargets(
        torch.from_numpy(words),
        torch.from_numpy(np.concatenate(tags)),
        torch.tensor([text.soft is not None for text in texts]),
        torch.from_numpy(labels),
    )


def tags_loss(logits: Tensor, tags: Tensor, soft: SoftTargets | None, weight: float) -> Tensor:
    """The mean over the words of (1 - w) * cross-entropy(tag) + w * KL(teacher || answer); w is 0 of other words.

    Args:
        logits: float (N, L, T).
        tags: int64 (N, L), ``PADDING`` behind the last word.
        soft: a teacher's answers; None without one.
        weight: w of the words that it answered, 0 to 1.

    Returns:
        A scalar, in nats a word.
    """
    logits = at_least_float32(logits)
    if soft is None:
        return functional.cross_entropy(
            logits.flatten(0, 1),
            tags.flatten(),
            ignore_index=PADDING,
            label_smoothing=SMOOTHING_OF_TAGS,
        )
    hard = functional.cross_entropy(
        logits.flatten(0, 1), tags.flatten(), ignore_index=PADDING, reduction="none"
    ).view(tags.shape)
    own = functional.log_softmax(logits[soft.words], dim=1)
    wanted = functional.log_softmax(at_least_float32(soft.tags), dim=1)
    distance = (wanted.exp() * (wanted - own)).sum()
    total = hard.sum() - weight * hard[soft.words].sum() + weight * distance
    return total / (tags != PADDING).sum().clamp(min=1)
