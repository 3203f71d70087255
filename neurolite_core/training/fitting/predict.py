"""Answers of a network to stored texts, in batches of about equal length."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neurolite_core.answer.scores import log_sum_exp
from neurolite_core.data.store import TextStore
from neurolite_core.network.model import TextNetwork
from neurolite_core.training.fitting.length_order import answers_by_length

_BATCH = 256


def predict(
    network: TextNetwork,
    store: TextStore,
    rows: NDArray[np.int64],
    device: torch.device,
    output: str = "logits",
) -> NDArray[np.float32]:
    """An output, float32 [R, ...], of rows int64 [R], in their order; leaves the network's mode as it was.

    Args:
        network: on ``device``.
        store: the texts.
        rows: which of them; may be empty.
        device: where the network is.
        output: logits [R, C], or embedding [R, D].
    """
    width = len(network.labels) if output == "logits" else network.config.text_size

    def compute(*features: Tensor) -> Tensor:
        return network.network(*features)[output]

    return computed(network, store, rows, device, compute, width)


def text_vectors(
    network: TextNetwork, store: TextStore, rows: NDArray[np.int64], device: torch.device
) -> NDArray[np.float32]:
    """What the head reads, float32 [R, D], of rows int64 [R]; arguments as of ``predict``."""

    def compute(indices: Tensor, counts: Tensor, *_: Tensor) -> Tensor:
        return network.text_vector(indices, counts)

    return computed(network, store, rows, device, compute, network.config.text_size)


@torch.no_grad()
def computed(
    network: TextNetwork,
    store: TextStore,
    rows: NDArray[np.int64],
    device: torch.device,
    compute: Callable[..., Tensor],
    width: int,
) -> NDArray[np.float32]:
    """What a network makes of rows, float32 [R, width]; its mode is left as it was.

    Args:
        network: on ``device``.
        store: the texts.
        rows: which of them; may be empty.
        device: where the network is.
        compute: what ``features`` gives of n texts to [n, width], by the network.
        width: of what it makes.
    """

    def answer(places: NDArray[np.int64]) -> NDArray[np.float32]:
        features = network.features(store.texts(rows[places]))
        made = compute(*(each.to(device) for each in features))
        found: NDArray[np.float32] = made.float().cpu().numpy()
        return found

    was_training = network.training
    network.eval()
    network.model.projection.train()  # the same sums ten times as fast, and no dropout in it
    lengths = store.offsets[rows + 1] - store.offsets[rows]
    answers = answers_by_length(lengths, width, _BATCH, answer)
    network.train(was_training)
    return answers


def cross_entropy(logits: NDArray[np.float32], label_ids: NDArray[np.integer]) -> float:
    """Mean negative log-likelihood in nats of the true labels, int [R]."""
    exact = logits.astype(np.float64)
    exact -= exact.max(axis=1, keepdims=True)  # the difference of small numbers is more exact
    return float((log_sum_exp(exact) - exact[np.arange(len(exact)), label_ids]).mean())
