"""Logistic regression against scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from learning.toy import Toy, vector_of
from neurolite_core.ground.errors import InputError
from neurolite_runtimes.learning import records as rec
from neurolite_runtimes.learning.logistic import fit, minimise, solve
from neurolite_runtimes.learning.matching import header_for
from neurolite_runtimes.learning.memory import Memory


def rows(classes: int, each: int, noise: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((classes, 12))
    found = np.repeat(centres, each, axis=0) + noise * rng.standard_normal((classes * each, 12))
    return found / np.linalg.norm(found, axis=1, keepdims=True), np.repeat(np.arange(classes), each)


@pytest.mark.parametrize("classes", [3, 7])
@pytest.mark.parametrize("cost", [0.3, 10.0])
def test_probabilities_are_those_of_scikit_learn(classes: int, cost: float) -> None:
    vectors, targets = rows(classes, 8, 0.8, classes)
    table = solve(vectors, targets, classes, cost=cost, tolerance=1e-8)
    logits = vectors @ table[:-1] + table[-1]
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    reference = LogisticRegression(C=cost, tol=1e-10, max_iter=10_000).fit(vectors, targets)
    expected = reference.predict_proba(vectors)
    assert np.allclose(powers / powers.sum(axis=1, keepdims=True), expected, atol=1e-4)


def test_two_classes_are_the_binary_problem_at_twice_the_cost() -> None:
    """A softmax of two penalises both halves of the difference, which is half as much as the whole."""
    vectors, targets = rows(2, 10, 0.8, 3)
    table = solve(vectors, targets, 2, cost=2.0, tolerance=1e-8)
    z = vectors @ (table[:-1, 1] - table[:-1, 0]) + table[-1, 1] - table[-1, 0]
    reference = LogisticRegression(C=4.0, tol=1e-10, max_iter=10_000).fit(vectors, targets)
    assert np.allclose(z, reference.decision_function(vectors), atol=1e-3)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 8), st.integers(0, 2**32))
def test_the_minimum_of_a_bowl_is_found(size: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    half = rng.standard_normal((size, size))
    bowl, goal = half @ half.T + np.eye(size), rng.standard_normal(size)

    def loss(x: np.ndarray) -> tuple[float, np.ndarray]:
        gradient = bowl @ (x - goal)
        return 0.5 * float((x - goal) @ gradient), gradient

    assert np.allclose(minimise(loss, np.zeros(size), 1e-9), goal, atol=1e-5)


def memory_of(labels: int, each: int) -> Memory:
    memory = Memory(header_for(Toy().metadata, texts=True, dimension=None, settings=None))
    for label in range(labels):
        memory.apply(rec.NewLabel(label, str(label)))
        for number in range(each):
            text = f"{label} {number}".encode()
            memory.apply(memory.new_example(label, vector_of(text).astype(np.float16), text, 0))
    return memory


def test_a_fit_answers_and_is_gone_with_the_next_example() -> None:
    memory = memory_of(4, 6)
    weights = fit(memory)
    assert weights.labels == (0, 1, 2, 3)
    logits = memory.vectors @ weights.weights + weights.bias
    assert np.array_equal(logits.argmax(axis=1), memory.labels)
    memory.apply(weights)
    assert memory.weights is weights
    memory.apply(memory.new_example(0, vector_of(b"0 more").astype(np.float16), b"0 more", 0))
    assert memory.weights is None


@pytest.mark.parametrize(("labels", "each"), [(1, 9), (3, 2), (0, 0)])
def test_too_few_examples_are_refused(labels: int, each: int) -> None:
    with pytest.raises(InputError, match="too few to fit; it takes two labels and 3 examples"):
        fit(memory_of(labels, each))
