"""What the training of an encoder minimises: the distance of its vectors from a teacher's, as cosines.

Reimers and Gurevych 2020, "Making Monolingual Sentence Embeddings Multilingual using Knowledge Distillation",
arXiv:2004.09813, with the cosine in place of the squared distance: both vectors have the length 1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from torch import Tensor


def cosine_loss(
    vectors: Tensor,
    truths: Tensor,  # noqa: ARG001  # rows have no labels
    targets: Tensor,
    target_weights: Tensor,
    *,
    class_weights: Tensor | None = None,  # noqa: ARG001  # as above
    label_smoothing: float = 0.0,  # noqa: ARG001  # as above
) -> Tensor:
    """The mean over the batch of w * (1 - cosine).

    Args:
        vectors: float32 (N, D) of length 1.
        truths: not looked at.
        targets: float32 (N, D) of length 1.
        target_weights: float32 (N), w.
        class_weights: not looked at.
        label_smoothing: not looked at.
    """
    cosines = (vectors.float() * targets.float()).sum(dim=1)
    return ((1 - cosines) * target_weights).mean()


def mean_cosine(vectors: NDArray[np.float32], wanted: NDArray[np.float32]) -> float:
    """Of unit vectors float32 [N, D] and those that are wanted; 1 where all are equal."""
    return float((vectors * wanted).sum(axis=1, dtype=np.float64).mean())


def cosine_distance(vectors: NDArray[np.float32], wanted: NDArray[np.float32]) -> float:
    """1 less ``mean_cosine``."""
    return 1.0 - mean_cosine(vectors, wanted)
