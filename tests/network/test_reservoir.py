"""The reservoir backbone against reservoirpy's units and a plain loop in float64."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from neurolite_core.network.backbones.reservoir import FixedStates, ReservoirBackbone
from neurolite_core.network.backbones.reservoir_options import ReservoirOptions
from neurolite_core.network.fixed_reservoir import draw_reservoir, reservoir_of
from neurolite_core.network.scan import scan, scan_fixed

CHANNELS, MOST_WORDS, UNITS = 5, 20, 12
OPTIONS = ReservoirOptions(num_layers=2, units=UNITS, read_hidden=7, density=0.4)
CAUSAL = ReservoirOptions(num_layers=2, units=UNITS, read_hidden=7, density=0.4, causal=True)
PREDICTIVE = ReservoirOptions(
    num_layers=2, units=UNITS, read_hidden=7, density=0.4, predictive=True
)

Values = NDArray[np.float64]


@given(length=st.integers(1, 40), extra=st.integers(0, 60), backward=st.booleans())
@settings(max_examples=40, deadline=None)
def test_a_scan_of_fixed_factors_is_a_scan(length: int, extra: int, *, backward: bool) -> None:
    torch.manual_seed(length)
    factors, inputs = torch.rand(3, dtype=torch.float64) * 2 - 1, torch.randn(2, length, 3).double()
    expected = scan(factors.expand(2, length, 3), inputs, length, backward=backward)
    found = scan_fixed(factors, inputs, length + extra, backward=backward)
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)


@torch.no_grad()
@pytest.mark.parametrize(("leak", "radius"), [(1.0, 0.5), (0.5, 0.9), (0.1, 0.999)])
def test_its_states_are_reservoirpys(leak: float, radius: float) -> None:
    """Linear leaky units of the same sparse weights, turned back from the place in which each goes alone."""
    nodes = pytest.importorskip("reservoirpy.nodes")
    options = ReservoirOptions(
        num_layers=1, units=UNITS, read_hidden=7, leak=leak, spectral_radius=radius, causal=True
    )
    fixed = reservoir_of(options, CHANNELS, 0)
    theirs = nodes.Reservoir(
        W=fixed.recurrent, Win=fixed.inputs, lr=leak, activation="identity", input_dim=CHANNELS
    )
    text = np.random.default_rng(1).normal(size=(MOST_WORDS, CHANNELS))
    states = FixedStates(CHANNELS, MOST_WORDS, options, 0).double()
    states.enter, states.kept = torch.from_numpy(fixed.enter), torch.from_numpy(fixed.kept)
    found = states(torch.from_numpy(text)[None])[0].numpy() @ fixed.turn.T
    np.testing.assert_allclose(found, theirs.run(text), rtol=1e-9, atol=1e-9)


@given(
    units=st.integers(1, 60),
    radius=st.floats(0.001, 0.999),
    leak=st.floats(0.001, 1.0),
    density=st.floats(0.001, 1.0),
)
@settings(max_examples=40, deadline=None)
def test_weights_are_what_the_options_say(
    units: int, radius: float, leak: float, density: float
) -> None:
    shape = {"spectral_radius": radius, "leak": leak, "density": density, "input_scale": 1.0}
    fixed = draw_reservoir(units, 4, **shape, seed=(7, 0))
    again, other = (draw_reservoir(units, 4, **shape, seed=(7, n)) for n in (0, 1))
    assert np.array_equal(fixed.recurrent, again.recurrent)
    assert not np.array_equal(fixed.inputs, other.inputs)
    assert np.array_equal(fixed.recurrent, fixed.recurrent.T)
    largest = np.abs(np.linalg.eigvals(fixed.recurrent)).max()
    assert largest == pytest.approx(radius) if fixed.recurrent.any() else largest == 0
    assert np.abs(fixed.kept).max() < 1  # old words are forgotten
    assert np.isfinite(fixed.enter).all()


def test_connections_are_as_many_as_asked_for() -> None:
    fixed = draw_reservoir(
        300, 4, spectral_radius=0.9, leak=0.5, density=0.1, input_scale=2.0, seed=(0,)
    )
    assert np.mean(fixed.recurrent != 0) == pytest.approx(0.1, abs=0.01)
    assert np.linalg.norm(fixed.inputs, axis=1).mean() == pytest.approx(2.0, rel=0.1)


def read(backbone: ReservoirBackbone, options: ReservoirOptions, text: Values) -> Values:
    """The words of a text [L, H] without padding, by the formulas and a loop over words."""
    values = {name: value.double().numpy() for name, value in backbone.state_dict().items()}
    for number in range(options.num_layers):
        own = {
            name.removeprefix(f"blocks.{number}."): value
            for name, value in values.items()
            if name.startswith(f"blocks.{number}.")
        }
        centred = text - text.mean(axis=1, keepdims=True)
        unit = centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + 1e-5)
        entered = (unit * own["norm.weight"] + own["norm.bias"]) @ own["states.enter"].T
        found = []
        for way in range(1 if options.causal else 2):
            turned = entered[::-1] if way else entered
            states, surprises = np.zeros_like(turned), np.zeros_like(turned)
            state, before = np.zeros(options.units), np.zeros(options.units)
            for place, word in enumerate(turned):
                following = own["states.kept"] * state + word
                if options.predictive:
                    expected = own["states.from_state"] * state + own["states.from_input"] * before
                    surprises[place] = following - expected
                states[place], state, before = following, following, word
            both = [states, surprises] if options.predictive else [states]
            found += [each[::-1] if way else each for each in both]
        shown = np.concatenate(found, axis=1) @ own["expand.weight"].T + own["expand.bias"]
        text = text + np.maximum(shown, 0) @ own["contract.weight"].T + own["contract.bias"]
    return text


@torch.no_grad()
@pytest.mark.parametrize(
    "options", [OPTIONS, CAUSAL, PREDICTIVE], ids=["both", "causal", "predictive"]
)
@pytest.mark.parametrize("length", [1, 5, MOST_WORDS])
def test_it_is_its_formulas(length: int, options: ReservoirOptions) -> None:
    torch.manual_seed(length)
    backbone = ReservoirBackbone(CHANNELS, MOST_WORDS, options, 0.3).eval()
    for parameter in backbone.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    counts = [length, max(1, length - 2)]
    x = torch.randn(2, length, CHANNELS)
    mask = (torch.arange(length)[None] < torch.tensor(counts)[:, None]).float()[:, :, None]
    found = backbone(x, mask).double().numpy()
    for row, words in enumerate(counts):
        expected = read(backbone, options, x[row, :words].double().numpy())
        np.testing.assert_allclose(found[row, :words], expected, rtol=1e-4, atol=1e-4)


@torch.no_grad()
def test_before_it_is_learned_a_units_surprise_is_what_comes_in() -> None:
    states = FixedStates(CHANNELS, MOST_WORDS, PREDICTIVE, 0)
    x = torch.randn(1, 9, CHANNELS)
    entered = x @ states.enter.T
    found = states(x)
    for way in range(2):
        start = (2 * way + 1) * UNITS
        surprise = found[:, :, start : start + UNITS]
        torch.testing.assert_close(surprise, entered, rtol=1e-4, atol=1e-5)
