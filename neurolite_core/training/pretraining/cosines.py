"""What an encoder's cosines mean, and what its vectors lose when they are cut, measured on labelled texts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from neurolite_core.answer.similarity import Similarity, cut, fit_similarity
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.values import joined
from neurolite_core.network.model import TextNetwork
from neurolite_core.training.fitting.predict import predict
from neurolite_core.training.sources import DataFiles, labelled_store

_SMALLEST: Final = 1e-12
_FEWEST_COMPONENTS: Final = 32  # a vector is not cut to fewer


@dataclass(frozen=True, slots=True)
class Cosines:
    """Of vectors cut to one length.

    Attributes:
        similarity: what cosines mean.
        nearest: share of the texts that are nearest to the mean of their own label, each left out of that mean.
    """

    similarity: Similarity
    nearest: float


def measure_cosines(
    network: TextNetwork, files: DataFiles, folder: Path, device: torch.device
) -> tuple[Cosines, ...]:
    """Half of the vector and the whole of it, the shorter first.

    Args:
        network: the encoder as it is stored.
        files: ``labelled`` are texts with labels.
        folder: for their store.
        device: where the network is.

    Raises:
        InputError: the files cannot be read, or have too few texts or labels.
    """
    store = labelled_store(files, folder / "labelled")
    rows = np.flatnonzero(store.label_ids >= 0)
    label_ids = store.label_ids[rows]
    vectors = predict(network, store, rows, device, "embedding")
    whole = vectors.shape[1]
    found = []
    for length in {whole // 2, whole} if whole // 2 >= _FEWEST_COMPONENTS else {whole}:
        similarity = fit_similarity(vectors, label_ids, length)
        if similarity is None:
            raise InputError(
                f"{joined(files.labelled)} has {len(rows):,} texts of {len(store.labels):,} labels, in which the encoder "
                "sees no more alike than others; give some ten texts for each of several labels."
            )
        found.append(Cosines(similarity, nearest_share(cut(vectors, length), label_ids)))
    return tuple(sorted(found, key=lambda item: item.similarity.dimension))


def nearest_share(units: NDArray[np.float32], label_ids: NDArray[np.integer]) -> float:
    """Share of unit vectors [N, D] that are nearest to the mean of their own label, each left out of that mean."""
    _, ids = np.unique(label_ids, return_inverse=True)
    sums = np.zeros((int(ids.max()) + 1, units.shape[1]))
    np.add.at(sums, ids, units.astype(np.float64))
    means = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), _SMALLEST)
    cosines = units @ means.T
    rest = sums[ids] - units
    own = (units * rest).sum(axis=1) / np.maximum(np.linalg.norm(rest, axis=1), _SMALLEST)
    cosines[np.arange(len(ids)), ids] = own
    return float((cosines.argmax(axis=1) == ids).mean())
