"""What a training with several labels a text minimises: the cross-entropy of each label with its truth."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from neurolite_core.training.fitting.objective import at_least_float32

_LARGEST_WEIGHT = 10.0


def several_loss(
    logits: Tensor,
    truths: Tensor,
    targets: Tensor,
    target_weights: Tensor,
    *,
    class_weights: Tensor | None = None,
    label_smoothing: float = 0.0,
) -> Tensor:
    """The mean over the batch of (1 - w) * cross-entropy(labels) + w * KL(target || answer), each summed over labels.

    Args:
        logits: float32 (N, C).
        truths: float32 (N, C), 1 for each label that a text has; read only where w < 1.
        targets: float32 (N, C), logits of the wanted probabilities; read only where w > 0.
        target_weights: float32 (N), w from 0 to 1.
        class_weights: float32 (C), how much more a text that has the label counts for it.
        label_smoothing: for rows with w = 0: so much of a truth is 1 / C.

    Returns:
        A scalar, in nats a text.
    """
    logits = at_least_float32(logits)
    smoothing = torch.where(target_weights > 0, 0.0, label_smoothing)[:, None]
    smooth = (1 - smoothing) * truths + smoothing / truths.shape[1]
    of_labels = functional.binary_cross_entropy_with_logits(
        logits, smooth, pos_weight=class_weights, reduction="none"
    ).sum(dim=1)
    targets = at_least_float32(targets)
    wanted = targets.sigmoid()
    # Cross-entropy less the target's own entropy, which nothing can go below.
    of_target = (
        functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
        - functional.binary_cross_entropy_with_logits(targets, wanted, reduction="none")
    ).sum(dim=1)
    return ((1 - target_weights) * of_labels + target_weights * of_target).mean()


def balanced_labels(rows_per_label: NDArray[np.int64], rows: int) -> NDArray[np.float32]:
    """Texts without a label over texts with it, from 1 to 10: float32 [C]."""
    with_it = np.maximum(rows_per_label, 1)
    weights: NDArray[np.float32] = (
        ((rows - with_it) / with_it).clip(1.0, _LARGEST_WEIGHT).astype(np.float32)
    )
    return weights
