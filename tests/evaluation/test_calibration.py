"""Temperatures and reliability against known cases and an independent optimiser."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch.nn import functional

from neurolite_core import InputError, NeuroLiteConfig, NeuroLiteForClassification
from neurolite_core.evaluation.calibration import (
    fit_temperature,
    fold_temperature,
    measure_calibration,
    reliability_bins,
)


def drawn(
    texts: int, labels: int, temperature: float, seed: int = 0
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Logits whose softmax at ``temperature`` is the distribution that the labels are drawn from."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, (texts, labels))
    ids = (logits + rng.gumbel(size=logits.shape)).argmax(axis=1)
    return (logits * temperature).astype(np.float32), ids


@pytest.mark.parametrize("temperature", [0.2, 1.0, 3.0])
@pytest.mark.parametrize("labels", [2, 150])
def test_the_temperature_of_the_drawing_is_found(temperature: float, labels: int) -> None:
    logits, ids = drawn(5_000, labels, temperature)
    found = fit_temperature(logits, ids)
    assert found == pytest.approx(temperature, rel=0.06)

    def loss(value: float) -> float:
        scaled = torch.from_numpy(logits).double() / value
        return float(functional.cross_entropy(scaled, torch.from_numpy(ids)))

    # The pull of 1 / (N + 2) moves it by less than a hundredth.
    assert loss(found) < min(loss(found * 1.01), loss(found / 1.01))


def test_calibration_gets_better_on_other_texts() -> None:
    logits, ids = drawn(6_000, 10, 4.0)
    found = fit_temperature(logits[:3_000], ids[:3_000])
    before = measure_calibration(logits[3_000:], ids[3_000:])
    after = measure_calibration(logits[3_000:] / np.float32(found), ids[3_000:])
    assert before.ece > 0.2
    assert after.ece < 0.04
    assert before.nll is not None
    assert after.nll is not None
    assert after.nll < before.nll


def test_degenerate_sets_stay_in_bounds() -> None:
    ids = np.array([0, 1] * 15)
    right = np.eye(2, dtype=np.float32)[ids] * 3
    # Nothing wrong: sharper, but not without end; 31 of 32 is the score to reach.
    assert fit_temperature(right, ids) == pytest.approx(3 / np.log(31))
    # All wrong: as flat as is allowed.
    assert fit_temperature(-right, ids) == pytest.approx(20.0, rel=1e-3)
    # Logits that say nothing.
    assert fit_temperature(np.zeros((30, 2), np.float32), ids) == 1.0
    huge = np.array([[3e38, -3e38], [-3e38, 3e38]], np.float32)
    assert 0.05 <= fit_temperature(huge, np.array([0, 1])) <= 20
    nll = measure_calibration(huge, np.array([1, 0])).nll
    assert nll is not None
    assert np.isfinite(nll)


@torch.no_grad()
def test_folding_is_division_of_the_logits() -> None:
    torch.manual_seed(0)
    network = NeuroLiteForClassification(NeuroLiteConfig.tiny(), 5).eval()
    torch.nn.init.normal_(network.head.linear.bias)
    before = copy.deepcopy(network)
    fold_temperature(network, 2.5)
    texts = ["book a table", "", "été"]
    found, expected = network(texts)["logits"], before(texts)["logits"] / 2.5
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-6)
    for wrong in (0.0, 0.04, 21.0, float("nan")):
        with pytest.raises(InputError, match="temperature is"):
            fold_temperature(network, wrong)


def test_bins_and_error_by_hand() -> None:
    scores = np.array([0.0, 0.1, 0.2, 0.95, 1.0, 1.0])
    correct = np.array([False, False, True, True, True, False])
    bins = reliability_bins(scores, correct, 5)
    assert [row.count for row in bins] == [3, 0, 0, 0, 3]
    assert bins[0].confidence == pytest.approx(0.1)
    assert bins[0].accuracy == pytest.approx(1 / 3)
    assert (bins[1].confidence, bins[1].accuracy) == (None, None)
    assert (bins[4].low, bins[4].high) == (0.8, 1.0)
    # Certain and right, always: nothing to correct. Certain and wrong: all of it.
    logits = np.array([[50.0, 0.0], [0.0, 50.0]])
    assert measure_calibration(logits, np.array([0, 1])).ece == pytest.approx(0)
    assert measure_calibration(logits, np.array([1, 0])).ece == pytest.approx(1)
    # Half sure, half right.
    assert measure_calibration(np.zeros((2, 2)), np.array([0, 1])).ece == pytest.approx(0)


@pytest.mark.parametrize(
    ("logits", "ids", "message"),
    [
        (np.zeros((0, 2)), np.zeros(0, int), "at least one text"),
        (np.zeros((2, 1)), np.zeros(2, int), "two labels"),
        (np.full((2, 2), np.nan), np.zeros(2, int), "not finite"),
        (np.zeros((2, 2)), np.zeros(3, int), "one for each row"),
        (np.zeros((2, 2)), np.zeros(2), "whole numbers"),
        (np.zeros((2, 2)), np.array([0, 2]), "give 0 to 1"),
        (np.zeros((2, 2)), np.array([-1, 0]), "from -1"),
    ],
)
def test_arrays_that_cannot_be(
    logits: NDArray[np.float64], ids: NDArray[np.int64], message: str
) -> None:
    for function in (fit_temperature, measure_calibration):
        with pytest.raises(InputError, match=message):
            function(logits, ids)
