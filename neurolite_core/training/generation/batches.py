"""Windows of documents to batches: features of their words, and the entry that is right behind each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from neurolite_core.data.windows import BEGINS, ENDS
from neurolite_core.text.vocabulary import END
from neurolite_core.training.fitting.batches import PlannedBatch
from neurolite_core.training.generation.tokens import Tokens

NOT_ASKED: Final = -1


@dataclass(frozen=True, slots=True, eq=False)
class WindowBatch:
    """What a step takes.

    Attributes:
        indices: int64 (U, K), of the distinct words of all windows.
        places: int64 (N, L), of each word its row there; 0 behind a window's last.
        counts: int64 (N), words of each window.
        targets: int64 (N, L + 1), what is right behind the first i words, ``NOT_ASKED`` where nobody asks.
    """

    indices: Tensor
    places: Tensor
    counts: Tensor
    targets: Tensor

    def to(self, device: torch.device) -> WindowBatch:
        """The batch on a device."""
        parts = (self.indices, self.places, self.counts, self.targets)
        return WindowBatch(*(part.to(device, non_blocking=True) for part in parts))


def window_batch(
    tokens: Tokens, rows: Sequence[int] | NDArray[np.integer], most: int
) -> WindowBatch:
    """Some windows.

    A window asks for its first word only where it begins its document, and for the end only where it ends it.

    Args:
        tokens: of a store.
        rows: which windows.
        most: words that a network reads of one.
    """
    chosen = np.asarray(rows, np.int64)
    starts, sizes = tokens.bounds[chosen], tokens.bounds[chosen + 1] - tokens.bounds[chosen]
    read = np.minimum(sizes, most)
    length = max(1, int(read.max(initial=0)))
    inside = np.arange(length) < read[:, None]
    at = starts[:, None] + np.arange(length)
    distinct, inverse = np.unique(tokens.words[at[inside]], return_inverse=True)
    places = np.zeros((len(chosen), length), np.int64)
    places[inside] = inverse.reshape(-1)
    targets = np.full((len(chosen), length + 1), NOT_ASKED, np.int64)
    asked = np.arange(length + 1) < np.minimum(sizes, read + 1)[:, None]
    targets[asked] = tokens.entries[(starts[:, None] + np.arange(length + 1))[asked]]
    kinds = tokens.kinds[chosen]
    over = np.flatnonzero((kinds & ENDS != 0) & (sizes == read))
    targets[over, read[over]] = END
    targets[kinds & BEGINS == 0, 0] = NOT_ASKED
    if not len(distinct):
        distinct = np.zeros(1, np.int32)
    indices = tokens.table[distinct] if len(tokens.table) else np.zeros((1, tokens.table.shape[1]))
    found = (indices.astype(np.int64), places, read, targets)
    return WindowBatch(*map(torch.from_numpy, found))


class WindowBatches(Dataset[WindowBatch]):
    """The batches of planned steps, or of one process's rows of each of them.

    Args:
        tokens: of the windows that are learned.
        most: words that the network reads of a window.
        rank, world_size: this process takes every ``world_size``-th row, from ``rank``.
    """

    def __init__(self, tokens: Tokens, most: int, rank: int = 0, world_size: int = 1) -> None:
        self.tokens, self.most = tokens, most
        self.rank, self.world_size = rank, world_size

    def __getitem__(self, planned: PlannedBatch) -> WindowBatch:
        return window_batch(self.tokens, planned.rows[self.rank :: self.world_size, 1], self.most)
