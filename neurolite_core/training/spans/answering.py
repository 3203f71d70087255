"""A network's answers to tagged texts, in batches of about equal length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from neurolite_core.answer.outputs import TAGS
from neurolite_core.answer.span_decoding import FoundSpan, found_spans
from neurolite_core.answer.spans import WordSpan
from neurolite_core.network.model import TextNetwork
from neurolite_core.training.spans.tagged import Tagged

PADDING: Final = -1
"""The tag of what stands behind the last word."""

_BATCH: Final = 256


@dataclass(frozen=True, slots=True, eq=False)
class SpanAnswers:
    """What a network says of R texts.

    Attributes:
        logits: float32 [R, C] of the labels; C is 0 of a network without labels.
        found: of each text its spans, whatever their scores.
        words: int64 [R], words that were read of each.
        loss: mean cross-entropy of the true tags of all words that were read, nats.
    """

    logits: NDArray[np.float32]
    found: list[list[FoundSpan]]
    words: NDArray[np.int64]
    loss: float

    def spans(self, thresholds: Sequence[float] = ()) -> list[list[WordSpan]]:
        """Of each text those whose scores are not below their types' thresholds."""
        return [[one.span for one in own] for own in self.given(thresholds)]

    def given(self, thresholds: Sequence[float]) -> list[list[FoundSpan]]:
        """As ``spans``, with their scores."""
        if not thresholds:
            return self.found
        return [
            [one for one in own if one.score >= thresholds[one.span.type]] for own in self.found
        ]


@torch.no_grad()
def answers_of(
    network: TextNetwork, tagged: Tagged, rows: NDArray[np.int64], device: torch.device
) -> SpanAnswers:
    """Answers to rows int64 [R], in their order; the network's mode is left as it was.

    Args:
        network: on ``device``.
        tagged: the texts.
        rows: which of them.
        device: where the network is.
    """
    was_training = network.training
    network.eval()
    network.model.projection.train()  # the same sums ten times as fast, and no dropout in it
    logits = np.zeros((len(rows), len(network.labels)), np.float32)
    found: list[list[FoundSpan]] = [[] for _ in rows]
    words = np.zeros(len(rows), np.int64)
    total = 0.0
    lengths = tagged.store.offsets[rows + 1] - tagged.store.offsets[rows]
    order = np.argsort(lengths, kind="stable")
    for first in range(0, len(order), _BATCH):
        here = order[first : first + _BATCH]
        features = network.features(tagged.store.texts(rows[here]))
        answers = network.network(*(each.to(device) for each in features))
        tags, counts = answers[TAGS].float().cpu(), features[1].numpy()
        if network.labels:
            logits[here] = answers["logits"].float().cpu().numpy()
        words[here] = counts
        for place, own in zip(here.tolist(), found_spans(tags.numpy(), counts), strict=True):
            found[place] = own
        wanted = padded_tags(
            [
                tagged.tags(row, count)
                for row, count in zip(rows[here].tolist(), counts.tolist(), strict=True)
            ],
            tags.shape[1],
        )
        total += float(
            functional.cross_entropy(
                tags.flatten(0, 1),
                torch.from_numpy(wanted).flatten(),
                ignore_index=PADDING,
                reduction="sum",
            )
        )
    network.train(was_training)
    return SpanAnswers(logits, found, words, total / max(1, int(words.sum())))


def padded_tags(tags: Sequence[NDArray[np.int64]], length: int) -> NDArray[np.int64]:
    """int64 [N, L] of N texts' tags, ``PADDING`` behind the last word; what is behind L is not read."""
    padded = np.full((len(tags), length), PADDING, np.int64)
    for row, own in zip(padded, tags, strict=True):
        row[: len(own)] = own[:length]
    return padded
