"""A readout that learns by spikes and reward: its rule by loops in float64, and trainings that ask for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from neurolite_core import load_checkpoint
from neurolite_core.network.backbones.spiking_options import SpikingOptions
from neurolite_core.network.model import NeuroLiteForClassification
from neurolite_core.training.starting.rewarded import (
    DECAY,
    DEPRESSION,
    eligibility,
    learn_by_reward,
)
from training.making import train, write_csv

OPTIONS = SpikingOptions(num_layers=1, token_hidden=8, channel_hidden=16, readout="stdp")


@given(steps=st.integers(1, 8), seed=st.integers(0, 2**32))
@settings(max_examples=40, deadline=None)
def test_what_a_reward_would_change_is_the_sum_over_pairs_of_spikes(steps: int, seed: int) -> None:
    """Each pair counts by itself, by how far apart its spikes are: before or with the neuron's own, or after them."""
    random = np.random.default_rng(seed)
    inputs = random.integers(0, 2, (steps, 3, 4)).astype(np.float64)
    own = random.integers(0, 2, steps).astype(np.float64)
    expected = np.zeros((3, 4))
    for before in range(steps):
        for at in range(steps):
            weight = (
                DECAY ** abs(at - before)
                if before <= at
                else -DEPRESSION * DECAY ** (before - at - 1)
            )
            expected += weight * own[at] * inputs[before]
    found = eligibility(torch.from_numpy(inputs), torch.from_numpy(own)).numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


def clouds(rows: int, labels: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(7)
    middles = random.normal(size=(labels, 12)) * 1.5
    random = np.random.default_rng(seed)
    truths = random.integers(0, labels, rows)
    return middles[truths] + random.normal(size=(rows, 12)) * 0.5, truths


def test_it_tells_clouds_apart_that_it_did_not_see() -> None:
    vectors, truths = clouds(400, 6, 0)
    head = learn_by_reward(vectors, truths, 6, OPTIONS, 0)
    unseen, expected = clouds(300, 6, 1)
    assert (head.logits(unseen).argmax(axis=1) == expected).mean() > 0.95
    again = learn_by_reward(vectors, truths, 6, OPTIONS, 0)
    np.testing.assert_array_equal(head.weight, again.weight)


def test_of_several_labels_each_is_rewarded_by_itself() -> None:
    vectors, truths = clouds(400, 4, 0)
    both = np.stack([truths < 2, truths % 2 == 0], axis=1).astype(np.float32)
    head = learn_by_reward(vectors, both, 2, OPTIONS, 0)
    unseen, expected = clouds(300, 4, 1)
    wanted = np.stack([expected < 2, expected % 2 == 0], axis=1)
    assert ((head.logits(unseen) > 0) == wanted).mean() > 0.85


def test_without_reward_nothing_changes() -> None:
    """One label alone is always the answer: there is nothing that was not expected."""
    vectors, _ = clouds(40, 3, 0)
    head = learn_by_reward(vectors, np.zeros(40, np.int64), 3, OPTIONS, 0)
    assert not head.weight.any()


@pytest.mark.parametrize("several", [False, True])
def test_a_training_with_a_rewarded_readout(tmp_path: Path, *, several: bool) -> None:
    data, out = write_csv(tmp_path / "data.csv", 300), tmp_path / "out"
    shape = ("table_size=512", "projection_size=16", "hidden_size=16", "max_words=16")
    own = ("max_bytes=64", "num_layers=1", "token_hidden=8", "channel_hidden=16", "readout=stdp")
    options = [word for each in (*shape, *own) for word in ("--set", each)]
    more = ["--multi-label"] if several else []
    figures = train(
        data,
        "--backbone",
        "spiking",
        *options,
        *more,
        "--epochs",
        20,
        "--wide",
        "off",
        "--out",
        out,
    )
    assert figures["accuracy"] > 0.8
    network = load_checkpoint(out)
    assert isinstance(network, NeuroLiteForClassification)
    bias = network.head.linear.bias
    assert several or (bias == bias[0]).all()  # it learns none; one threshold was chosen for all
