"""Documents of entries as batches of one place and the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neurolite_core.text.vocabulary import END

NOT_ASKED = -1
_JITTER = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Sequences:
    """Pieces of documents, one behind the other.

    Attributes:
        entries: int64 [1 + W]: ``END``, then every document with its ``END``.
        starts: int64 [P], of each piece; what it begins behind stands there, its first entry at the next place.
        lengths: int64 [P], entries of each piece.
    """

    entries: Tensor
    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]

    @classmethod
    def of(cls, texts: Sequence[Sequence[int]], window: int, device: torch.device) -> Sequences:
        """Documents in pieces of at most ``window`` entries, about as long as each other; 0 leaves them whole."""
        entries = torch.tensor([END, *(entry for text in texts for entry in text)])
        starts, lengths = list[int](), list[int]()
        place = 0
        for text in texts:
            pieces = max(1, -(-len(text) // window)) if window else 1
            borders = np.linspace(0, len(text), pieces + 1).astype(int) + place
            starts += borders[:-1].tolist()
            lengths += np.diff(borders).tolist()
            place += len(text)
        return cls(entries.to(device), np.array(starts), np.array(lengths))

    def batches(self, words: int, random: np.random.Generator | None) -> list[NDArray[np.int64]]:
        """Pieces of about one length together, as many as have at most ``words`` places.

        Args:
            words: places of a batch, padding among them.
            random: shuffles; None for the order of lengths.
        """
        noise = 0.0 if random is None else random.uniform(-_JITTER, _JITTER, len(self.lengths))
        order = np.argsort(self.lengths * (1 + noise), kind="stable")
        found, own, longest = list[NDArray[np.int64]](), list[int](), 0
        for piece in order.tolist():
            longest = max(longest, int(self.lengths[piece]))
            if own and longest * (len(own) + 1) > words:
                found.append(np.array(own))
                own, longest = [], int(self.lengths[piece])
            own.append(piece)
        found.append(np.array(own))
        if random is not None:
            random.shuffle(found)
        return found

    def take(self, pieces: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        """What is read and what is right at each place: int64 (N, T) each, ``NOT_ASKED`` behind a piece's end."""
        device = self.entries.device
        starts = torch.from_numpy(self.starts[pieces]).to(device)[:, None]
        lengths = torch.from_numpy(self.lengths[pieces]).to(device)[:, None]
        places = torch.arange(int(self.lengths[pieces].max()), device=device)
        there = (starts + places).clamp(max=len(self.entries) - 2)
        wanted = self.entries[there + 1].masked_fill(places >= lengths, NOT_ASKED)
        return self.entries[there], wanted
