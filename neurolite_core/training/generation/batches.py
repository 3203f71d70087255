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

from neurolite_core.data.store import TextStore
from neurolite_core.data.windows import BEGINS, ENDS
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.features import features_of
from neurolite_core.text.vocabulary import Vocabulary
from neurolite_core.training.fitting.batches import PlannedBatch

NOT_ASKED: Final = -1


@dataclass(frozen=True, slots=True, eq=False)
class WindowBatch:
    """What a step takes.

    Attributes:
        indices: int64 (N, L, K).
        counts: int64 (N), words of each window.
        targets: int64 (N, L + 1), what is right behind the first i words, ``NOT_ASKED`` where nobody asks.
    """

    indices: Tensor
    counts: Tensor
    targets: Tensor

    def to(self, device: torch.device) -> WindowBatch:
        """The batch on a device."""
        return WindowBatch(
            self.indices.to(device, non_blocking=True),
            self.counts.to(device, non_blocking=True),
            self.targets.to(device, non_blocking=True),
        )


def window_batch(
    store: TextStore,
    rows: Sequence[int] | NDArray[np.integer],
    vocabulary: Vocabulary,
    config: NeuroLiteConfig,
) -> WindowBatch:
    """Some windows of a store of ``data.windows.Windows``.

    A window asks for its first word only where it begins its document, and for the end only where it ends it.
    """
    texts = store.texts(rows)
    indices, counts, *_ = features_of(texts, config)
    targets = np.full((len(texts), indices.shape[1] + 1), NOT_ASKED, np.int64)
    for place, (text, row) in enumerate(zip(texts, rows, strict=True)):
        wanted, kind = vocabulary.targets(text), int(store.label_ids[row])
        if not kind & BEGINS:
            wanted[0] = NOT_ASKED
        if not kind & ENDS:
            wanted[-1] = NOT_ASKED
        read = int(counts[place]) + 1
        targets[place, : min(read, len(wanted))] = wanted[:read]
    return WindowBatch(indices, counts, torch.from_numpy(targets))


class WindowBatches(Dataset[WindowBatch]):
    """The batches of planned steps, or of one process's rows of each of them.

    Args:
        store: of windows.
        vocabulary: that is learned.
        config: limits, K and M of the features.
        rank, world_size: this process takes every ``world_size``-th row, from ``rank``.
    """

    def __init__(
        self,
        store: TextStore,
        vocabulary: Vocabulary,
        config: NeuroLiteConfig,
        rank: int = 0,
        world_size: int = 1,
    ) -> None:
        self.store, self.vocabulary, self.config = store, vocabulary, config
        self.rank, self.world_size = rank, world_size

    def __getitem__(self, planned: PlannedBatch) -> WindowBatch:
        mine = planned.rows[self.rank :: self.world_size, 1]
        return window_batch(self.store, mine.tolist(), self.vocabulary, self.config)
