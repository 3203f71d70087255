"""Spiking neurons beside snntorch's and their formulas in float64; the backbone beside loops over time and words."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from formulas import Values, layer, norm
from neurolite_core.ground.errors import InputError
from neurolite_core.network.backbones.spiking import SpikingBackbone
from neurolite_core.network.backbones.spiking_options import NEURON_NAMES, SpikingOptions
from neurolite_core.network.spiking_energy import counted
from neurolite_core.network.spiking_neurons import (
    NEURONS,
    RAMP,
    LearnedLeak,
    Neurons,
    spikes_of,
)

OPTIONS = SpikingOptions(num_layers=2, token_hidden=5, channel_hidden=7)
CHANNELS, MOST_WORDS = 6, 9


def fired(above: NDArray[np.float64]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = np.clip(above / RAMP + 0.5, 0, 1)
    return found


def trains(currents: NDArray[np.float64], leak: float, *, rises: bool) -> NDArray[np.float64]:
    """Spikes of currents [T, ...], by the formulas of the module's head."""
    v = np.zeros_like(currents[0])
    a, s, threshold = np.zeros_like(v), np.zeros_like(v), np.ones_like(v)
    found = []
    for current in currents:
        v = leak * v + current - threshold * s
        a = 0.75 * a + 0.25 * s if rises else a
        threshold = 1 + a
        s = fired(v - threshold)
        found.append(s)
    return np.stack(found)


def drawn(seed: int, steps: int) -> torch.Tensor:
    """Currents float32 (T, 40) in 64ths: with a leak of a half or a quarter no potential of six steps is rounded, and
    none but those at the threshold itself is near it."""
    random = np.random.default_rng(seed)
    return torch.from_numpy(random.integers(-64, 192, (steps, 40)) / 64).float()


@given(seed=st.integers(0, 2**32), steps=st.integers(1, 6), leak=st.sampled_from([0.25, 0.5]))
@settings(max_examples=60, deadline=None)
def test_spike_trains_are_snntorchs(seed: int, steps: int, leak: float) -> None:
    """Of all potentials that are further than half a ramp from the threshold at all times, every spike is equal."""
    snntorch = pytest.importorskip("snntorch")
    currents = drawn(seed, steps)
    theirs = snntorch.Leaky(beta=leak, threshold=1.0, reset_mechanism="subtract")
    potential, expected, near = torch.zeros(40), [], torch.zeros(40, dtype=torch.bool)
    for current in currents:
        spikes, potential = theirs(current, potential)
        expected.append(spikes)
        near |= (potential - 1).abs() <= RAMP / 2
    assert near.float().mean() < 0.5
    for kind in (Neurons, LearnedLeak):
        found = kind(leak)(list(currents)).detach()
        wanted = torch.stack(expected)[:, ~near]
        assert torch.equal(found[:, ~near], wanted)
    assert steps == 1 or 0.1 < torch.stack(expected).mean() < 0.9


@pytest.mark.parametrize("name", NEURON_NAMES)
def test_trains_are_the_formulas(name: str) -> None:
    torch.manual_seed(0)
    currents = torch.randn(6, 200) + 0.5
    found = NEURONS[name](0.7)(list(currents)).detach().double().numpy()
    expected = trains(currents.double().numpy(), 0.7, rises=name == "alif")
    np.testing.assert_allclose(found, expected, atol=1e-4)  # a rounded potential on the steep step
    assert np.isin(expected, (0, 1)).mean() > 0.9
    assert 0.1 < expected.mean() < 0.9


def test_a_threshold_that_rises_spikes_less() -> None:
    currents = [torch.full((1,), 1.2)] * 16
    counts = {name: float(NEURONS[name](0.5)(currents).detach().sum()) for name in NEURONS}
    assert counts["alif"] < counts["lif"] == counts["plif"]


def test_the_names_without_torch_are_the_tables() -> None:
    assert tuple(NEURONS) == NEURON_NAMES


def test_slopes_are_those_of_the_arc_tangent() -> None:
    """1 / (1 + (pi v)^2) everywhere, where the step itself has none; and the value is the step's."""
    above = torch.linspace(-2, 2, 81, requires_grad=True)
    spikes = spikes_of(above)
    (slopes,) = torch.autograd.grad(spikes.sum(), above)
    torch.testing.assert_close(slopes, 1 / (1 + (torch.pi * above.detach()) ** 2))
    assert torch.equal(spikes.detach(), spikes_of(above.detach()))
    assert torch.equal(
        spikes.detach()[above.detach().abs() > RAMP], (above[above.abs() > RAMP] > 0).float()
    )


def half(
    values: Values,
    name: str,
    x: NDArray[np.float64],
    options: SpikingOptions,
    seen: list[list[float]],
) -> NDArray[np.float64]:
    """Rows [R, C] through spikes, a product, spikes and a product; the second product of every step by itself.

    What it took goes to ``seen``: spikes, neurons times steps, additions, multiplications of numbers.
    """
    rises = options.neuron == "alif"
    leaks = [
        float(1 / (1 + np.exp(-values[f"{name}.{place}.leak_logit"][0])))
        if options.neuron == "plif"
        else options.leak
        for place in ("enter", "inside")
    ]
    spikes = trains(np.stack([x] * options.steps), leaks[0], rises=rises)
    inner = np.stack([layer(values, f"{name}.expand", each) for each in spikes])
    inside = trains(inner, leaks[1], rises=rises)
    out = [layer(values, f"{name}.contract", each) for each in inside]
    (hidden, wide), (back, _) = (
        values[f"{name}.{each}.weight"].shape for each in ("expand", "contract")
    )
    added = spikes.sum() * hidden + inside.sum() * back
    once = len(x) * (wide * hidden + hidden * back)
    seen.append([spikes.sum() + inside.sum(), spikes.size + inside.size, added, once])
    found: NDArray[np.float64] = np.mean(out, axis=0)
    return found


def mixed(
    values: Values, options: SpikingOptions, text: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The words of a text [L, H] without padding, and what they took [4]."""
    length = len(text)
    seen: list[list[float]] = []
    for number in range(options.num_layers):
        start = f"blocks.{number}."
        own = {k.removeprefix(start): v for k, v in values.items() if k.startswith(start)}
        own["word_mixing.expand.weight"] = own["word_mixing.expand.weight"][:, :length]
        for part in ("weight", "bias"):
            name = f"word_mixing.contract.{part}"
            own[name] = own[name][:length]
        text = text + half(own, "word_mixing", norm(own, "word_norm", text).T, options, seen).T
        text = text + half(own, "channel_mixing", norm(own, "channel_norm", text), options, seen)
    return text, np.sum(seen, axis=0)


@torch.no_grad()
@pytest.mark.parametrize("changes", [{}, {"neuron": "lif", "leak": 0.8}, {"neuron": "alif"}])
@pytest.mark.parametrize("length", [1, 4, MOST_WORDS])
def test_it_is_its_formulas(length: int, changes: dict[str, Any]) -> None:
    torch.manual_seed(length)
    options = dataclasses.replace(OPTIONS, **changes)
    backbone = SpikingBackbone(CHANNELS, MOST_WORDS, options, 0.3).eval()
    for parameter in backbone.parameters():
        torch.nn.init.normal_(parameter, std=0.7)
    values = {name: value.double().numpy() for name, value in backbone.state_dict().items()}
    counts = [length, max(1, length - 2)]
    x = torch.randn(2, length, CHANNELS)
    mask = (torch.arange(length)[None] < torch.tensor(counts)[:, None]).float()[:, :, None]
    found, taken = backbone(x, mask).double().numpy(), counted(backbone, x, mask).numpy()
    for row, words in enumerate(counts):
        expected, took = mixed(values, options, x[row, :words].double().numpy())
        np.testing.assert_allclose(found[row, :words], expected, rtol=5e-4, atol=5e-4)
        np.testing.assert_allclose(taken[row], took, rtol=1e-4)
        assert 0 < took[0] < took[1]
    assert not np.allclose(found, x)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"steps": 17}, "steps is 17; give a whole number from 1 to 16"),
        ({"neuron": "izhikevich"}, "neuron is 'izhikevich'; choose one of: lif, plif, alif"),
        ({"leak": 1.0}, r"leak is 1\.0; give a number from 0 up to"),
    ],
)
def test_options_are_checked(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        dataclasses.replace(OPTIONS, **changes)
