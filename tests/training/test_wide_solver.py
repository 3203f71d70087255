"""The wide path's solver and table by values: against scikit-learn, dense arithmetic, and the network's module."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.svm import LinearSVC

from neurolite_core import NeuroLiteConfig
from neurolite_core.data.readers import open_source
from neurolite_core.data.store import TextStore
from neurolite_core.data.store_writer import build_store
from neurolite_core.hashing.ngrams import NgramConfig, hash_ngrams
from neurolite_core.network.features import features_of
from neurolite_core.network.model import NeuroLiteForClassification
from neurolite_core.network.wide_options import WideOptions
from neurolite_core.network.widening import with_wide
from neurolite_core.training.wide.choosing import choose_buckets
from neurolite_core.training.wide.features import Bags, bags_of, joined
from neurolite_core.training.wide.ngram_model import Labelled, fit_ngrams
from neurolite_core.training.wide.packing import most_rows, wide_bytes
from neurolite_core.training.wide.solver import EXACT, solve
from neurolite_core.training.wide.weighing import weighing_of
from training.making import rows as drawn_rows


def stored(folder: Path, texts: list[str]) -> TextStore:
    path = folder / "texts.txt"
    path.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    source = open_source(str(path), labelled=False)
    return build_store([source], folder / "store")


def bags_from(matrix: NDArray[np.int64]) -> Bags:
    """A dense matrix of counts, by rows."""
    owners, buckets = np.nonzero(matrix)
    bounds = np.searchsorted(owners, np.arange(len(matrix) + 1))
    counts = matrix[owners, buckets].astype(np.int32)
    return Bags(bounds.astype(np.int64), buckets.astype(np.int32), counts, matrix.shape[1])


def dense(bags: Bags, values: NDArray[np.number[Any]]) -> NDArray[np.float64]:
    found = np.zeros((len(bags), bags.width))
    found[bags.owners, bags.buckets] = values
    return found


def problem(
    seed: int, texts: int, width: int, labels: int
) -> tuple[Bags, NDArray[np.float64], NDArray[np.bool_]]:
    rng = np.random.default_rng(seed)
    bags = bags_from(rng.poisson(0.3, (texts, width)))
    values = weighing_of(bags, np.arange(width)).entries(bags)
    # Labels that the texts say something about, and some that are wrong.
    scores = dense(bags, values) @ rng.normal(size=(width, labels))
    return bags, values, scores + rng.normal(size=scores.shape) > 0.5


@pytest.mark.parametrize("cost", [0.1, 1.0, 3.0])
def test_weights_are_those_of_scikit_learn(cost: float) -> None:
    bags, values, truths = problem(0, 120, 60, 3)
    found = solve(bags, values, truths, cost=cost, tolerance=EXACT)
    matrix = dense(bags, values)
    for label in range(3):
        expected = LinearSVC(C=cost, tol=1e-12, max_iter=10_000, dual=False).fit(
            matrix, truths[:, label]
        )
        np.testing.assert_allclose(found.weights[:, label], expected.coef_[0], atol=1e-4)
        np.testing.assert_allclose(found.biases[label], expected.intercept_[0], atol=1e-4)


def test_rows_count_as_often_as_they_weigh() -> None:
    bags, values, truths = problem(1, 120, 40, 2)
    weights = np.random.default_rng(2).uniform(0.2, 3.0, 120)
    found = solve(
        bags,
        values,
        truths,
        cost=1.0,
        tolerance=EXACT,
        row_weights=np.repeat(weights[:, None], 2, axis=1),
    )
    matrix = dense(bags, values)
    for label in range(2):
        expected = LinearSVC(C=1.0, tol=1e-12, max_iter=10_000, dual=False).fit(
            matrix, truths[:, label], sample_weight=weights
        )
        np.testing.assert_allclose(found.weights[:, label], expected.coef_[0], atol=1e-4)


def test_many_labels_are_solved_for_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    bags, values, truths = problem(3, 60, 30, 5)
    whole = solve(bags, values, truths, cost=1.0, tolerance=EXACT)
    shares: list[float] = []
    monkeypatch.setattr("neurolite_core.training.wide.solver._MOST_LABELS", 2)
    parts = solve(bags, values, truths, cost=1.0, tolerance=EXACT, report=shares.append)
    np.testing.assert_allclose(parts.weights, whole.weights, atol=1e-5)
    np.testing.assert_allclose(parts.biases, whole.biases, atol=1e-5)
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1.0)


@limits(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 25), st.integers(1, 12), st.integers(1, 3))
def test_no_weights_near_the_solution_are_better(
    seed: int, texts: int, width: int, labels: int
) -> None:
    bags, values, truths = problem(seed, texts, width, labels)
    found = solve(bags, values, truths, cost=1.0, tolerance=EXACT)
    matrix = np.hstack([dense(bags, values), np.ones((texts, 1))])
    signs = np.where(truths, 1.0, -1.0)

    def loss(both: NDArray[np.float64]) -> float:
        short = np.maximum(0, 1 - signs * (matrix @ both))
        return float((both**2).sum() / 2 + (short**2).sum())

    both = np.vstack([found.weights, found.biases])
    gradient = both - 2 * matrix.T @ (np.maximum(0, 1 - signs * (matrix @ both)) * signs)
    assert np.abs(gradient).max() < 1e-3 * max(1, texts)
    rng = np.random.default_rng(seed)
    for size in (1e-1, 1e-2):
        assert loss(both) <= loss(both + size * rng.normal(size=both.shape)) + 1e-9


@pytest.mark.parametrize("across", [False, True])
def test_bags_count_the_ngrams_of_the_specification(tmp_path: Path, across: bool) -> None:
    texts = ["play jazz play", "日本語 text", "a", "Ünïcode e\u0301 x x x"]
    store = stored(tmp_path, texts)
    config = NgramConfig(2, 4, across)
    bags = bags_of(store, np.array([2, 0, 1, 3, 0]), config, 4096)
    assert len(bags) == 5
    for place, row in enumerate([2, 0, 1, 3, 0]):
        values = hash_ngrams([texts[row].encode()], config).values
        expected = np.bincount(values[values >= 0] % 65_536, minlength=65_536)
        some = bags.some(np.array([place]))
        np.testing.assert_array_equal(dense(some, some.counts)[0], expected)


def test_bags_end_where_the_model_cuts(tmp_path: Path) -> None:
    store = stored(tmp_path, ["alpha beta gamma", "alpha beta"])
    config = NgramConfig(2, 4)
    cut = bags_of(store, np.arange(2), config, 12)
    np.testing.assert_array_equal(*(dense(cut, cut.counts)[row] for row in (0, 1)))


def test_kept_and_joined_bags() -> None:
    matrix = np.array([[1, 0, 2], [0, 0, 0], [3, 1, 0]])
    bags = bags_from(matrix)
    both = joined(bags, bags.some(np.array([2])))
    np.testing.assert_array_equal(dense(both, both.counts), matrix[[0, 1, 2, 2]])
    kept = both.of_rows(np.array([0, 2]))
    np.testing.assert_array_equal(dense(kept, kept.counts), matrix[[0, 1, 2, 2]][:, [0, 2]])
    np.testing.assert_array_equal(both.texts_with(), [3, 2, 1])


def test_entries_are_tf_idf_over_the_length() -> None:
    matrix = np.array([[1, 0, 2], [0, 0, 0], [3, 1, 0], [1, 1, 0]])
    bags = bags_from(matrix)
    weighing = weighing_of(bags, np.arange(3))
    rarity = np.log(5 / (1 + np.array([3, 2, 1]))) + 1
    np.testing.assert_allclose(weighing.rarity, rarity)
    assert weighing.numbers.max() == 127
    squares = weighing.numbers * float(weighing.scale)
    np.testing.assert_allclose(squares, rarity**2, rtol=0.02)
    lengths = np.sqrt(matrix @ squares)
    expected = np.divide(
        matrix * rarity, lengths[:, None], where=lengths[:, None] > 0, out=np.zeros((4, 3))
    )
    np.testing.assert_allclose(dense(bags, weighing.entries(bags)), expected)


def test_buckets_that_say_something_are_kept() -> None:
    rng = np.random.default_rng(0)
    truths = rng.random((200, 1)) < 0.5
    matrix = rng.poisson(0.5, (200, 40))
    matrix[:, 7] = truths[:, 0]
    matrix[:, 21] = 2 * ~truths[:, 0]
    kept = choose_buckets(bags_from(matrix), truths, 2, cost=1.0)
    np.testing.assert_array_equal(kept, [7, 21])
    matrix[:, 3] = 0
    every = choose_buckets(bags_from(matrix), truths, 1_000, cost=1.0)
    np.testing.assert_array_equal(every, np.delete(np.arange(40), 3))


def test_a_table_answers_as_what_was_solved_and_as_the_network(tmp_path: Path) -> None:
    lines = drawn_rows(60)
    store = stored(tmp_path, [text for text, _ in lines])
    names = sorted({label for _, label in lines})
    truths = np.array([[label == name for name in names] for _, label in lines])
    options = WideOptions(max_symbols=64)
    bags = bags_of(store, np.arange(60), options.ngrams, 256)
    fitted = fit_ngrams(Labelled(bags, truths), 400)
    rows = len(fitted.table.rows) - 1
    assert rows <= 400
    logits = fitted.logits(bags)
    assert (logits.argmax(axis=1) == truths.argmax(axis=1)).all()

    kept = np.flatnonzero(fitted.table.remap)
    inside, weighing = bags.of_rows(kept), weighing_of(bags, kept)
    values = weighing.entries(inside)
    solved = solve(inside, values, truths, cost=1.0)
    expected = dense(inside, values) @ solved.weights + solved.biases
    np.testing.assert_allclose(logits, expected, atol=0.02)  # of eight bits

    config = NeuroLiteConfig.tiny()
    small = NeuroLiteForClassification(config, labels=names).eval()
    with torch.no_grad():
        small.head.linear.weight.zero_()
        small.head.linear.bias.copy_(torch.from_numpy(fitted.biases))
        wide = with_wide(
            small,
            WideOptions(max_symbols=64, num_rows=rows),
            fitted.table,
        ).eval()
        answers = wide.network(*features_of([text for text, _ in lines], wide.config))
    np.testing.assert_allclose(answers["logits"].numpy(), logits, atol=1e-5)


def test_texts_without_ngrams_are_answered_by_the_biases(tmp_path: Path) -> None:
    store = stored(tmp_path, ["play jazz", "wake me"])
    bags = bags_of(store, np.arange(2), WideOptions().ngrams, 256)
    with_empty = Bags(np.append(0, bags.bounds), bags.buckets, bags.counts, bags.width)
    truths = np.array([[False, True], [True, False], [False, True]])
    fitted = fit_ngrams(Labelled(with_empty, truths), 100)
    np.testing.assert_allclose(fitted.logits(with_empty)[0], fitted.biases, atol=1e-6)

    empty = with_empty.some(np.zeros(3, np.int64))
    nothing = fit_ngrams(Labelled(empty, truths), 100)
    assert not nothing.table.rows[:, :-1].any()
    expected = np.repeat(nothing.biases[None], 3, axis=0)
    np.testing.assert_allclose(nothing.logits(with_empty), expected, atol=1e-6)


@pytest.mark.parametrize("labels", [2, 7, 150])
@pytest.mark.parametrize("room", [200_000, 262_144, 1_400_000])
def test_as_many_rows_as_fit(labels: int, room: int) -> None:
    rows = most_rows(room, labels)
    assert wide_bytes(rows, labels) <= room < wide_bytes(rows + 1, labels)
