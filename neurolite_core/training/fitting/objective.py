"""What training minimises: the label's cross-entropy and the distance to a teacher's answer.

Hinton, Vinyals and Dean 2015, "Distilling the Knowledge in a Neural Network", arXiv:1503.02531, at
temperature 1; out-of-scope texts have the uniform answer as their teacher (Hendrycks et al. 2019,
"Deep Anomaly Detection with Outlier Exposure", arXiv:1812.04606).
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

_LARGEST_CLASS_WEIGHT = 10.0


def at_least_float32(values: Tensor) -> Tensor:
    """Values of fewer bits as float32, float64 as they are."""
    return values.to(torch.promote_types(values.dtype, torch.float32))


def training_loss(
    logits: Tensor,
    label_ids: Tensor,
    targets: Tensor,
    target_weights: Tensor,
    *,
    class_weights: Tensor | None = None,
    label_smoothing: float = 0.0,
) -> Tensor:
    """The mean over the batch of (1 - w) * cross-entropy(label) + w * KL(target || answer).

    Args:
        logits: float32 (N, C).
        label_ids: int64 (N); -1 where a row has no label.
        targets: float32 (N, C), logits of the wanted distribution; read only where w > 0.
        target_weights: float32 (N), w from 0 to 1.
        class_weights: float32 (C) for the labels' part.
        label_smoothing: for rows with w = 0.

    Returns:
        A scalar. It is divided by N, whatever share has labels, so that the mean over the parts of
        a batch is the batch's.
    """
    log_probabilities = functional.log_softmax(at_least_float32(logits), dim=1)
    known = label_ids.clamp(min=0)
    of_label = -log_probabilities.gather(1, known[:, None]).squeeze(1)
    smoothing = torch.where(target_weights > 0, 0.0, label_smoothing)
    of_label = (1 - smoothing) * of_label - smoothing * log_probabilities.mean(dim=1)
    if class_weights is not None:
        of_label = of_label * class_weights[known]
    of_label = of_label * (label_ids >= 0)
    wanted = functional.log_softmax(at_least_float32(targets), dim=1)
    of_target = (wanted.exp() * (wanted - log_probabilities)).sum(dim=1)
    return ((1 - target_weights) * of_label + target_weights * of_target).mean()


def balanced_weights(label_ids: NDArray[np.integer], num_labels: int) -> NDArray[np.float32]:
    """N / (C * count) of each class, at most 10, as scikit-learn's ``balanced``; float32 [C]."""
    counts = np.bincount(label_ids[label_ids >= 0], minlength=num_labels)
    weights = counts.sum() / (num_labels * np.maximum(counts, 1))
    balanced: NDArray[np.float32] = np.minimum(weights, _LARGEST_CLASS_WEIGHT).astype(np.float32)
    return balanced
