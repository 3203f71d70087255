"""A classifier that is fine-tuned on one task after another: its head alone, or the whole network from its checkpoint.

Logits are 16 times the product of the text's unit vector and a weight vector for each label, which begins as the mean
of its first task's vectors, plus a bias. Labels that were not met yet are left out of the loss.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from neurolite_bench.continual.method import Scores, joined
from neurolite_bench.continual.replay import Size, text_sizes, vector_sizes, within
from neurolite_bench.continual.streams import Rows
from neurolite_core.artifact.checkpoint import load_checkpoint
from neurolite_core.network.config import FLOAT_BITS
from neurolite_core.network.features import features_of
from neurolite_core.network.model import TextNetwork
from neurolite_core.network.table_bits import with_table_bits

SHARPNESS: Final = 16.0
_WARM_UP: Final = 0.1
_BATCH: Final = 128
_ASKED: Final = 256


@dataclass(frozen=True, slots=True)
class Tuning:
    """How a task is learned.

    Attributes:
        epochs: over its rows.
        rate: highest learning rate.
    """

    epochs: int
    rate: float


class FineTuned:
    """AdamW with a rate that warms up and falls to zero in each task; with replay half of each batch is of old rows.

    Args:
        labels: C, of the whole stream.
        dimension: D, of the vectors.
        tuning: of each task.
        seed: of the order of rows.
        checkpoint: folder of the encoder, all of which is trained; None trains the head on the rows' vectors.
        budgets: bytes that may be kept after each task; none keep nothing.
    """

    def __init__(
        self,
        labels: int,
        dimension: int,
        tuning: Tuning,
        seed: int,
        *,
        checkpoint: Path | None = None,
        budgets: Sequence[int] = (),
    ) -> None:
        self._tuning = tuning
        self._rng = np.random.default_rng(seed)
        self._encoder = None if checkpoint is None else _encoder_of(checkpoint)
        self._size: Size = vector_sizes if checkpoint is None else text_sizes
        self._budgets = iter(budgets)
        self._old: Rows | None = None
        self._met = torch.zeros(labels, dtype=torch.bool)
        self._weights = nn.Parameter(torch.zeros(dimension, labels))
        self._bias = nn.Parameter(torch.zeros(labels))

    def learn(self, rows: Rows) -> None:
        """Trains on a task's rows, and on old ones where some are kept."""
        self._meet(rows)
        parameters = [self._weights, self._bias]
        if self._encoder is not None:
            parameters += list(self._encoder.train().parameters())
        optimizer = torch.optim.AdamW(parameters, betas=(0.9, 0.98), weight_decay=0.0)
        batches = list(self._batches(rows))
        for number, batch in enumerate(batches):
            for group in optimizer.param_groups:
                group["lr"] = self._tuning.rate * _share(number, len(batches))
            optimizer.zero_grad(set_to_none=True)
            loss = nn.functional.cross_entropy(self._logits(batch), torch.from_numpy(batch.labels))
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()
        budget = next(self._budgets, 0)
        if budget:
            known = rows if self._old is None else joined([self._old, rows])
            self._old = within(known, self._size(known), budget, self._rng)

    @torch.inference_mode()
    def scores(self, rows: Rows) -> Scores:
        """Logits."""
        if self._encoder is not None:
            self._encoder.eval()
        parts = [
            self._logits(rows.at(np.arange(first, min(first + _ASKED, len(rows)))))
            for first in range(0, len(rows), _ASKED)
        ]
        return torch.cat(parts).double().numpy()

    def kept_bytes(self) -> int:
        """Of old rows."""
        return 0 if self._old is None else int(self._size(self._old).sum())

    @torch.no_grad()
    def _meet(self, rows: Rows) -> None:
        for label in np.unique(rows.labels).tolist():
            if not self._met[label]:
                mean = torch.from_numpy(rows.vectors[rows.labels == label].mean(axis=0))
                self._weights[:, label] = mean / torch.linalg.vector_norm(mean).clamp(min=1e-12)
                self._met[label] = True

    def _batches(self, rows: Rows) -> Iterator[Rows]:
        new = _BATCH if self._old is None else _BATCH // 2
        for _ in range(self._tuning.epochs):
            order = self._rng.permutation(len(rows))
            for first in range(0, len(order), new):
                batch = rows.at(order[first : first + new])
                if self._old is not None:
                    drawn = self._rng.integers(0, len(self._old), new)
                    batch = joined([batch, self._old.at(drawn)])
                yield batch

    def _logits(self, rows: Rows) -> Tensor:
        if self._encoder is None:
            vectors = torch.from_numpy(rows.vectors)
        else:
            features = features_of(rows.texts, self._encoder.config)
            vectors = self._encoder.network(*features)["embedding"]
        logits = SHARPNESS * (vectors @ self._weights) + self._bias
        return logits.masked_fill(~self._met, -torch.inf)


def _encoder_of(folder: Path) -> TextNetwork:
    return with_table_bits(load_checkpoint(folder), FLOAT_BITS)


def _share(step: int, steps: int) -> float:
    warm = max(1, round(_WARM_UP * steps))
    if step < warm:
        return (step + 1) / warm
    return 0.5 * (1 + float(np.cos(np.pi * (step - warm) / max(1, steps - warm))))
