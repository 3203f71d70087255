"""Some conversations side by side: turn t of each in column t, and features of all turns at once."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.features import features_of
from neurolite_core.training.conversations.reading import UNLABELLED, Conversations
from neurolite_core.training.distort import distort
from neurolite_core.training.options import TrainingOptions

_PARTS: Final = 4  # by length, so that little of a part is padding


@dataclass(frozen=True, slots=True)
class Turns:
    """A window of turns of B conversations.

    Attributes:
        parts: features of texts of about equal length: indices int64 (n, L, K) and counts int64 (n).
        places: int64 (B, T), which text each turn is, counted through the parts; one more than there are where a
            conversation has ended.
        label_ids: int64 (B, T), ``UNLABELLED`` where nobody asks.
    """

    parts: tuple[tuple[Tensor, Tensor], ...]
    places: Tensor
    label_ids: Tensor

    def to(self, device: torch.device) -> Turns:
        """The same on another device."""
        parts = tuple((indices.to(device), counts.to(device)) for indices, counts in self.parts)
        return Turns(parts, self.places.to(device), self.label_ids.to(device))


def windows(
    data: Conversations,
    chosen: NDArray[np.int64],
    config: NeuroLiteConfig,
    turns: int,
    options: TrainingOptions | None = None,
    seed: str = "",
) -> Iterator[Turns]:
    """Windows of at most ``turns`` turns of the chosen conversations, in order.

    Args:
        data: the conversations.
        chosen: int64 [B].
        config: of the features.
        turns: T at most.
        options: how texts are distorted; None leaves them as they are.
        seed: of the distortion.
    """
    longest = int(data.turns[chosen].max())
    for first in range(0, longest, turns):
        width = min(turns, longest - first)
        rows = np.full((len(chosen), width), UNLABELLED, np.int64)
        for place, number in enumerate(chosen.tolist()):
            own = range(data.bounds[number] + first, data.bounds[number + 1])[:width]
            rows[place, : len(own)] = own
        yield _window(data, rows, config, options, f"{seed} {first}")


def _window(
    data: Conversations,
    rows: NDArray[np.int64],
    config: NeuroLiteConfig,
    options: TrainingOptions | None,
    seed: str,
) -> Turns:
    here = rows[rows >= 0]
    texts = [data.texts[row] for row in here.tolist()]
    if options is not None:
        rng = random.Random(seed)  # noqa: S311  # reproducible, not secret
        texts = [
            distort(text, rng, typos=options.typos, word_dropout=options.word_dropout)
            for text in texts
        ]
    order = np.argsort([len(text) for text in texts], kind="stable")
    parts = []
    for part in np.array_split(order, min(_PARTS, len(order))):
        indices, counts, *_ = features_of([texts[place] for place in part.tolist()], config)
        parts.append((indices, counts))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    places = np.full(rows.shape, len(order), np.int64)
    places[rows >= 0] = rank
    ids = np.where(rows >= 0, data.label_ids[rows], UNLABELLED)
    return Turns(tuple(parts), torch.from_numpy(places), torch.from_numpy(ids))
