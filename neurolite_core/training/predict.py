"""Answers of a network to stored texts, in batches of about equal length."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from neurolite_core.model import TextNetwork, features_of
from neurolite_core.training.data.store import TextStore

_BATCH = 256


@torch.no_grad()
def predict(
    network: TextNetwork, store: TextStore, rows: NDArray[np.int64], device: torch.device
) -> NDArray[np.float32]:
    """Logits float32 [R, C] of rows int64 [R], in their order; leaves the network's mode as it was.

    Args:
        network: a classifier on ``device``.
        store: the texts.
        rows: which of them; may be empty.
        device: where the network is.
    """
    was_training = network.training
    network.eval()
    answers = np.zeros((len(rows), len(network.labels)), dtype=np.float32)
    lengths = store.offsets[rows + 1] - store.offsets[rows]
    order = np.argsort(lengths, kind="stable")
    for first in range(0, len(order), _BATCH):
        here = order[first : first + _BATCH]
        indices, counts = features_of(store.texts(rows[here]), network.config)
        logits = network.network(indices.to(device), counts.to(device))["logits"]
        answers[here] = logits.float().cpu().numpy()
    network.train(was_training)
    return answers


def cross_entropy(logits: NDArray[np.float32], label_ids: NDArray[np.integer]) -> float:
    """Mean negative log-likelihood in nats of the true labels, int [R]."""
    exact = logits.astype(np.float64)
    exact -= exact.max(axis=1, keepdims=True)
    log_sums = np.log(np.exp(exact).sum(axis=1))
    return float((log_sums - exact[np.arange(len(exact)), label_ids]).mean())
