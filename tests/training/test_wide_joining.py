"""The mixture of network and wide path: calibrated logits, a share, and no gain that chance would pass."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from neurolite_core.answer.tasks import CLASSIFICATION, MULTI_LABEL
from neurolite_core.network.wide_options import WideOptions
from neurolite_core.training.wide.features import Bags
from neurolite_core.training.wide.joining import SHARES, facts_of, join
from neurolite_core.training.wide.ngram_model import Labelled
from neurolite_core.training.wide.settings import FOLDS, choose_ngrams
from neurolite_core.training.wide.telling import wide_line


def answers(
    seed: int, texts: int, strengths: tuple[float, float], labels: int = 4
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int64]]:
    """Logits of two paths that know so much of the truth, each with errors of its own."""
    rng = np.random.default_rng(seed)
    truths = rng.integers(0, labels, texts)
    deep, wide = (
        (rng.normal(size=(texts, labels)) + strength * np.eye(labels)[truths]).astype(np.float32)
        for strength in strengths
    )
    return deep, wide, truths


def test_a_path_that_is_better_on_many_texts_is_used() -> None:
    deep, wide, truths = answers(0, 400, (0.5, 3.0))
    found = join(deep, wide, truths, CLASSIFICATION)
    assert found.clear
    assert found.share >= 0.75
    assert found.deep_factor > 0  # a head of zeros would lose its bias in int8 files
    assert found.score > found.score_deep + 0.2
    expected = (found.logits(deep, wide).argmax(axis=1) == truths).mean()
    assert found.score == pytest.approx(expected)


def test_two_paths_with_errors_of_their_own_are_mixed() -> None:
    deep, wide, truths = answers(1, 2_000, (2.0, 2.0))
    found = join(np.float32(7) * deep, wide / np.float32(3), truths, CLASSIFICATION)
    assert found.share == 0.5
    assert found.deep == pytest.approx(7 * found.wide * 3, rel=0.2)
    assert found.score > max(found.score_deep, found.score_wide) + 0.05


def test_a_gain_on_few_texts_is_not_believed() -> None:
    deep, wide, truths = answers(2, 12, (1.0, 1.4))
    found = join(deep, wide, truths, CLASSIFICATION)
    assert found.share == 0
    assert not found.clear
    assert found.open
    np.testing.assert_allclose(found.logits(deep, wide), deep / np.float32(found.deep), rtol=1e-6)


def test_paths_that_are_about_as_good_on_few_texts_are_left_open() -> None:
    # The network's weights are the best of twenty on these rows; its lead over the wide path may be that alone.
    deep, wide, truths = answers(4, 99, (1.5, 1.2))
    found = join(deep, deep + 0.05 * wide, truths, CLASSIFICATION)
    assert found.share == 0
    assert found.open


def test_what_does_not_help_is_refused_for_good() -> None:
    deep, wide, truths = answers(3, 500, (9.0, 0.0))
    found = join(deep, wide, truths, CLASSIFICATION)
    assert found.share == 0
    assert not found.open


def test_chance_passes_seldom() -> None:
    passed = sum(join(*noise(seed), CLASSIFICATION).clear for seed in range(60))
    assert passed <= 6


def noise(seed: int) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int64]]:
    """A network, and a wide path that knows what it knows, with some noise."""
    deep, _, truths = answers(seed, 60, (1.0, 1.0))
    rng = np.random.default_rng(1_000 + seed)
    wide = deep + 0.2 * rng.normal(size=deep.shape).astype(np.float32)
    return deep, wide, truths


def test_it_can_be_had_in_any_case() -> None:
    deep, wide, truths = answers(4, 20, (3.0, 0.5))
    found = join(deep, wide, truths, CLASSIFICATION, otherwise=SHARES[1:])
    assert not found.clear
    assert found.share in SHARES[1:]


def test_several_labels_by_the_bootstrap() -> None:
    rng = np.random.default_rng(5)
    truths = (rng.random((300, 5)) < 0.3).astype(np.float32)
    good = (rng.normal(size=truths.shape) + 4 * truths).astype(np.float32)
    bad = rng.normal(size=truths.shape).astype(np.float32)
    better = join(bad, good, truths, MULTI_LABEL)
    assert better.clear
    assert better.share >= 0.75
    worse = join(good, bad, truths, MULTI_LABEL)
    assert not worse.clear
    assert worse.share == 0
    few = join(bad[:4], good[:4], truths[:4] * 0, MULTI_LABEL)
    assert few.share == 0  # nothing is right or wrong


def test_the_line_says_what_it_gains_and_costs() -> None:
    deep, wide, truths = answers(0, 400, (0.5, 3.0))
    facts = {"kept": True, "rows": 8_192, "bytes": 196_648} | facts_of(
        join(deep, wide, truths, CLASSIFICATION)
    )
    line = wide_line(facts)
    assert "8,192 rows, 197 kB" in line
    assert "400 rows that decided" in line
    assert "none" in wide_line(facts | {"kept": False})
    assert wide_line({"kept": False, "why": "no room"}) == "none: no room"


def test_the_ngrams_that_say_more_are_chosen() -> None:
    """One candidate sees the labels, the other one noise."""
    rng = np.random.default_rng(0)
    truths = rng.integers(0, 2, 100)
    seen = WideOptions(lowest=3)
    unseen = WideOptions(lowest=2)

    def read(options: WideOptions) -> Labelled:
        buckets = truths if options == seen else rng.integers(0, 2, 100)
        bags = Bags(np.arange(101), buckets.astype(np.int32), np.ones(100, np.int32), 65_536)
        return Labelled(bags, np.eye(2, dtype=np.bool_)[truths])

    shares: list[float] = []
    tried = choose_ngrams(
        read,
        np.arange(100) % FOLDS,
        lambda logits, places: float((logits.argmax(axis=1) == truths[places]).mean()),
        8,
        shares.append,
        (unseen, seen),
    )
    assert tried[0].options == seen
    assert tried[0].score == 1
    assert shares[-1] == 1
