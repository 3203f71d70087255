"""Prototypes: running means, split where examples lie in two places, joined, and never too many."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurolite_runtimes.learning.header import Settings
from neurolite_runtimes.learning.prototypes import Prototypes, gain_of, two_means, unit

SETTINGS = Settings(split_gain=0.25)  # of 16 numbers noise alone has a gain of a tenth
D = 32


def around(centres: np.ndarray, counts: list[int], spread: float, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    rows = [
        unit(centre + spread * rng.standard_normal((count, D)) / np.sqrt(D))
        for centre, count in zip(centres, counts, strict=True)
    ]
    return np.concatenate(rows).astype(np.float32)


def taught(vectors: np.ndarray, settings: Settings = SETTINGS) -> Prototypes:
    found = Prototypes(settings)
    for row in range(len(vectors)):
        found.observe(row, vectors)
    return found


CENTRES = np.eye(D)[:4]


@given(st.integers(1, 15))
def test_a_few_examples_have_their_mean(count: int) -> None:
    vectors = around(CENTRES[:1], [count], 0.5)
    found = taught(vectors)
    assert len(found.means) == 1
    assert np.allclose(found.means[0], vectors.astype(np.float64).mean(axis=0))
    assert found.counts() == [count]


def test_of_many_the_last_count_most() -> None:
    settings = replace(SETTINGS, rate=0.1, split_gain=1.0)
    vectors = around(CENTRES[:2], [30, 30], 0.1)
    expected = vectors[0].astype(np.float64)
    for number, vector in enumerate(vectors[1:], 2):
        expected += max(1 / number, 0.1) * (vector - expected)
    found = taught(vectors, settings)
    assert np.allclose(found.means[0], expected)
    assert found.counts() == [10.0]
    assert unit(found.means[0]) @ CENTRES[1] > 0.9


def test_two_places_get_two_prototypes_and_one_place_one() -> None:
    order = np.random.default_rng(1).permutation(40)
    two = taught(around(CENTRES[:2], [20, 20], 0.4)[order])
    assert len(two.means) == 2
    cosines = unit(np.stack(two.means)) @ CENTRES[:2].T
    assert sorted(cosines.argmax(axis=1)) == [0, 1]
    assert cosines.max(axis=1).min() > 0.9
    assert len(taught(around(CENTRES[:1], [40], 0.4)).means) == 1


def test_there_are_never_more_than_allowed_and_no_example_is_lost() -> None:
    order = np.random.default_rng(2).permutation(160)
    vectors = around(CENTRES, [40] * 4, 0.1)[order]
    few = taught(vectors, replace(SETTINGS, most_prototypes=2))
    assert len(few.means) == 2
    assert sorted(row for own in few.members for row in own) == list(range(160))
    assert len(taught(vectors).means) == 4


def test_what_is_close_is_joined() -> None:
    settings = replace(SETTINGS, split_gain=0.01, join_gain=1.0)
    assert len(taught(around(CENTRES[:2], [20, 20], 0.3), settings).means) == 1


def test_two_means_are_those_of_scikit_learn() -> None:
    from sklearn.cluster import KMeans

    vectors = around(CENTRES[:2], [30, 20], 0.6)
    found = two_means(list(range(50)), vectors)
    assert found is not None
    reference = KMeans(2, n_init=10, random_state=0).fit(vectors).labels_
    groups = {frozenset(np.flatnonzero(reference == side).tolist()) for side in (0, 1)}
    assert {frozenset(found[0]), frozenset(found[1])} == groups


def test_equal_examples_have_nothing_to_split() -> None:
    same = np.tile(CENTRES[0], (20, 1)).astype(np.float32)
    assert two_means(list(range(20)), same) is None
    assert gain_of([0, 1], [2, 3], same) == 0
    assert len(taught(same).means) == 1


@pytest.mark.parametrize("scale", [0.2, 0.5, 0.8])
def test_the_gain_is_a_share(scale: float) -> None:
    vectors = around(CENTRES[:2], [10, 10], scale)
    assert 0 <= gain_of(range(10), range(10, 20), vectors) <= 1
