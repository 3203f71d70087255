"""The loss against PyTorch's own parts, and the weights of classes against scikit-learn."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from sklearn.utils.class_weight import compute_class_weight
from torch.nn import functional

from neurolite_core.training.fitting.objective import balanced_weights, training_loss
from neurolite_core.training.fitting.schedule import learning_rate_factor

GENERATOR = torch.Generator().manual_seed(0)
LOGITS = torch.randn(12, 5, generator=GENERATOR)
TARGETS = torch.randn(12, 5, generator=GENERATOR)
LABELS = torch.randint(0, 5, (12,), generator=GENERATOR)
NONE = torch.zeros(12)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_labels_alone_are_cross_entropy(smoothing: float) -> None:
    found = training_loss(LOGITS, LABELS, TARGETS, NONE, label_smoothing=smoothing)
    expected = functional.cross_entropy(LOGITS, LABELS, label_smoothing=smoothing)
    torch.testing.assert_close(found, expected)


def test_a_teacher_alone_is_kl_divergence() -> None:
    found = training_loss(LOGITS, torch.full((12,), -1), TARGETS, torch.ones(12))
    expected = functional.kl_div(
        functional.log_softmax(LOGITS, 1), functional.softmax(TARGETS, 1), reduction="batchmean"
    )
    torch.testing.assert_close(found, expected)


def test_rows_mix_by_their_own_weight() -> None:
    weights = torch.rand(12, generator=GENERATOR)
    labels = LABELS.clone()
    labels[3] = -1
    rows = [training_loss(LOGITS[[i]], labels[[i]], TARGETS[[i]], weights[[i]]) for i in range(12)]
    found = training_loss(LOGITS, labels, TARGETS, weights)
    torch.testing.assert_close(found, torch.stack(rows).mean())
    unlabelled = training_loss(LOGITS[[3]], labels[[3]], TARGETS[[3]], torch.zeros(1))
    assert float(unlabelled) == 0.0


def test_parts_of_a_batch_average_to_the_batch() -> None:
    weights = torch.rand(12, generator=GENERATOR)
    whole = training_loss(LOGITS, LABELS, TARGETS, weights)
    halves = [
        training_loss(LOGITS[part::2], LABELS[part::2], TARGETS[part::2], weights[part::2])
        for part in (0, 1)
    ]
    torch.testing.assert_close(whole, torch.stack(halves).mean())


def test_class_weights_scale_the_labels_part() -> None:
    weights = torch.tensor([1.0, 2.0, 0.5, 1.0, 3.0])
    found = training_loss(LOGITS, LABELS, TARGETS, NONE, class_weights=weights)
    expected = functional.cross_entropy(LOGITS, LABELS, weight=weights, reduction="none").mean()
    torch.testing.assert_close(found, expected)


def test_balanced_weights_are_scikit_learns() -> None:
    labels = np.array([0] * 50 + [1] * 30 + [2] * 20, dtype=np.int32)
    expected = compute_class_weight("balanced", classes=np.arange(3), y=labels)
    np.testing.assert_allclose(balanced_weights(np.append(labels, -1), 3), expected, rtol=1e-6)
    rare = np.array([0] * 1000 + [1], dtype=np.int32)
    assert balanced_weights(rare, 2)[1] == 10.0


def test_the_learning_rate_rises_and_falls_to_zero() -> None:
    factors = [learning_rate_factor(step, 100) for step in range(101)]
    top = int(np.argmax(factors))
    assert (top, factors[top]) == (10, 1.0)
    assert factors[-1] == pytest.approx(0.0, abs=1e-9)
    assert all(a < b for a, b in pairwise(factors[: top + 1]))
    assert all(a > b for a, b in pairwise(factors[top:]))
    assert 0 < learning_rate_factor(0, 1) <= 1
