"""Starts the projection table where words of close meaning lie close, by a teacher's word vectors.

The student then knows something of words that its data never showed, as static embeddings distilled
from a sentence encoder do (Minish Lab, Model2Vec, 2024), without a table of words.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from neurolite_core.network.features import features_of
from neurolite_core.network.model import TextNetwork
from neurolite_core.network.table_bits import trained_table
from neurolite_core.training.teaching.teachers.teacher import Report

_PASSES: Final = 15
_BATCH: Final = 512
_RATE: Final = 1e-2
_SCALE: Final = 0.7  # standard deviation of a word's vector; the random start has 1
_SMALL_START: Final = 0.1


def start_from_words(
    network: TextNetwork,
    words: Sequence[str],
    vectors: NDArray[np.float32],
    report: Report,
    *,
    seed: int,
) -> float:
    """Fits the table so that a word's sum of rows is its teacher's vector, reduced to E numbers.

    Args:
        network: its projection table is changed in place.
        words: W words.
        vectors: float32 [W, D].
        report: told how far it is.
        seed: of the order.

    Returns:
        The share of the variance that the table explains, at most 1.
    """
    table = trained_table(network)
    targets = _principal(torch.from_numpy(vectors), table.shape[1])
    indices = features_of(list(words), network.config)[0]
    indices = indices[:, 0]  # (W, K); of "e-mail" the first part, which is near enough
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam([table], lr=_RATE, fused=True)
    with torch.no_grad():
        table.mul_(_SMALL_START)
    error = 1.0
    for number in range(_PASSES):
        optimizer.param_groups[0]["lr"] = _RATE * (1 - number / _PASSES)
        total = 0.0
        order = torch.randperm(len(words), generator=generator)
        for first in range(0, len(words), _BATCH):
            rows = order[first : first + _BATCH]
            found = functional.embedding(indices[rows], table).sum(dim=1)
            loss = (found - targets[rows]).square().mean()
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            total += float(loss.detach()) * len(rows)
        error = total / len(words) / _SCALE**2
        report("words of the teacher", (number + 1) / _PASSES)
    table.grad = None
    return 1.0 - error


def _principal(vectors: Tensor, size: int) -> Tensor:
    """The ``size`` principal components (W, size), scaled; zeros where there are fewer."""
    centred = vectors - vectors.mean(dim=0)
    _, _, directions = torch.linalg.svd(centred, full_matrices=False)
    reduced = centred @ directions[:size].T
    reduced = reduced / reduced.std() * _SCALE
    return functional.pad(reduced, (0, size - reduced.shape[1]))
