"""What cosines mean, against scikit-learn, and what it is good for."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from neurolite_core.answer.similarity import (
    COVERAGE,
    Similarity,
    cut,
    fit_sharpness,
    fit_similarity,
    is_similarity,
    steadied,
)


def rows(labels: int, each: int, spread: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((labels, 32))
    found = np.repeat(centres, each, axis=0) + spread * rng.standard_normal((labels * each, 32))
    return cut(found, 32), np.repeat(np.arange(labels), each)


def test_texts_of_known_labels_are_told_from_others() -> None:
    vectors, labels = rows(20, 8, 0.8)
    found = fit_similarity(vectors, labels, 32)
    assert found is not None
    fresh, truth = rows(20, 8, 0.8)
    strangers, _ = rows(40, 4, 0.8, seed=9)
    means = cut(np.stack([vectors[labels == label].mean(axis=0) for label in range(20)]), 32)
    known = found.in_scope(found.steadied(fresh @ means.T, np.full(20, 8)).max(axis=1))
    unknown = found.in_scope(found.steadied(strangers @ means.T, np.full(20, 8)).max(axis=1))
    assert (known >= found.threshold).mean() >= COVERAGE - 0.05
    assert (unknown < found.threshold).mean() > 0.9
    assert truth.size == known.size


def test_scale_and_offset_are_those_of_logistic_regression() -> None:
    """Of many texts, where Platt's targets are 0 and 1."""
    vectors, labels = rows(30, 30, 1.4)
    found = fit_similarity(vectors, labels, 32)
    assert found is not None
    sums = np.stack([vectors[labels == label].sum(axis=0) for label in range(30)]).astype(float)
    inside, outside = [], []
    pairs = [vectors[labels == label] @ vectors[labels == label].T for label in range(30)]
    agreement = np.mean([(pair.sum() - 30) / (30 * 29) for pair in pairs])
    for vector, label in zip(vectors.astype(float), labels, strict=True):
        counts = np.full(30, 30)
        counts[label] = 29
        left = sums - np.eye(30)[label][:, None] * vector
        cosines = left @ vector / np.linalg.norm(left, axis=1)
        steady = cosines * np.sqrt(agreement + (1 - agreement) / counts)
        inside.append(steady.max())
        outside.append(np.delete(steady, label).max())
    x = np.array([inside + outside]).T
    y = [1] * len(inside) + [0] * len(outside)
    reference = LogisticRegression(C=1e9, tol=1e-10, max_iter=10_000).fit(x, y)
    assert found.agreement == pytest.approx(agreement, abs=1e-5)
    assert found.scale == pytest.approx(reference.coef_[0, 0], rel=0.05)
    assert -found.offset / found.scale == pytest.approx(
        -reference.intercept_[0] / reference.coef_[0, 0], abs=0.01
    )


def test_means_of_any_number_of_texts_are_alike_when_steadied() -> None:
    vectors, labels = rows(60, 21, 1.0)
    found = fit_similarity(vectors, labels, 32)
    assert found is not None
    asked = np.stack([vectors[labels == label][20] for label in range(60)])
    values = []
    for count in (1, 2, 5, 20):
        means = np.stack([vectors[labels == label][:count].mean(axis=0) for label in range(60)])
        cosines = (asked * cut(means, 32)).sum(axis=1)
        values.append(float(found.steadied(cosines, np.full(60, count)).mean()))
    assert max(values) - min(values) < 0.04
    assert steadied(cosines, np.full(60, 7), 1.0) == pytest.approx(cosines)


def test_sharpness_has_the_highest_likelihood() -> None:
    rng = np.random.default_rng(0)
    scores = rng.standard_normal((400, 5))
    powers = np.exp(3 * scores)
    shares = powers / powers.sum(axis=1, keepdims=True)
    truth = np.array([rng.choice(5, p=share) for share in shares])
    found = fit_sharpness(scores[np.arange(400), truth], scores)

    def loss(factor: float) -> float:
        z = np.exp(factor * scores)
        return float(log_loss(truth, z / z.sum(axis=1, keepdims=True), labels=range(5)))

    assert found == pytest.approx(3, abs=0.5)
    assert loss(found) <= min(loss(found * 0.97), loss(found * 1.03))


@pytest.mark.parametrize(
    ("labels", "each", "why"),
    [(1, 20, "one label"), (3, 3, "nine texts"), (20, 1, "no two of a label"), (0, 0, "nothing")],
)
def test_too_few_texts_measure_nothing(labels: int, each: int, why: str) -> None:
    vectors, ids = rows(labels, each, 0.5)
    assert fit_similarity(vectors, ids, 32) is None, why


def test_vectors_that_say_nothing_measure_nothing() -> None:
    rng = np.random.default_rng(1)
    labels = np.arange(40) % 4
    assert fit_similarity(np.ones((40, 8)), labels, 8) is None
    noise = fit_similarity(cut(rng.standard_normal((40, 8)), 8), labels, 8)
    assert noise is None or is_similarity(asdict(noise))


def test_texts_of_equal_labels_give_finite_numbers() -> None:
    vectors = np.repeat(np.eye(8)[:4], 5, axis=0)
    found = fit_similarity(vectors, np.repeat(np.arange(4), 5), 8)
    assert found is not None
    assert is_similarity(asdict(found))


@given(st.floats(-1, 1), st.floats(-1, 1))
def test_nearer_is_likelier(first: float, second: float) -> None:
    found = Similarity(8, 0.5, 12.0, -6.0, 20.0, 0.4).in_scope(np.array([first, second]))
    assert (found[0] <= found[1]) == (first <= second) or first == pytest.approx(second)
