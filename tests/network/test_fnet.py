"""FNet's mixing against scipy's Fourier transforms, and its blocks by their formulas."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.fft
import torch
from numpy.typing import NDArray

from formulas import layer, norm
from neurolite_core.network.backbones.fnet import FNetBackbone, FourierMixing, waves
from neurolite_core.network.backbones.fnet_options import FNetOptions

CHANNELS = 6


def transformed(text: NDArray[np.float64], period: int) -> NDArray[np.float64]:
    """Real part of the transform of a text [L, H] that is folded into so many words, repeated over its length."""
    length, channels = text.shape
    folded = np.zeros((period, channels))
    for place in range(length):
        folded[place % period] += text[place]
    spectrum = np.asarray(scipy.fft.fft2(folded, norm="ortho")).real
    return np.asarray(spectrum[np.arange(length) % period], np.float64)


@torch.no_grad()
@pytest.mark.parametrize("period", [4, 5, 12, 30])
@pytest.mark.parametrize("length", [1, 7, 12])
def test_mixing_is_the_real_part_of_scipys_transform(length: int, period: int) -> None:
    torch.manual_seed(length)
    x = torch.randn(2, length, CHANNELS)
    x[1, max(1, length - 2) :] = 0
    found = FourierMixing(CHANNELS, 12, period)(x)
    for row in range(2):
        expected = transformed(x[row].double().numpy(), period)
        np.testing.assert_allclose(found[row].double().numpy(), expected, rtol=1e-5, atol=1e-5)


@torch.no_grad()
def test_whole_texts_have_the_transform_of_the_paper() -> None:
    """Of as many words as the period: FFT over channels and words, and nothing else."""
    x = torch.randn(1, 12, CHANNELS)
    found = FourierMixing(CHANNELS, 12, 12)(x)[0].double().numpy()
    over_channels = scipy.fft.fft(x[0].double().numpy(), axis=1)
    expected = scipy.fft.fft(over_channels, axis=0).real / np.sqrt(12 * CHANNELS)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_waves_are_exact_for_long_texts() -> None:
    cosines, sines = waves(3, 8192, 8191)
    angles = 2 * np.pi * (2 * 8190 % 8191) / 8191
    assert cosines[2, 8190] == pytest.approx(np.cos(angles) / 8191**0.5, rel=1e-6)
    assert sines[2, 8190] == pytest.approx(np.sin(angles) / 8191**0.5, rel=1e-6)


@torch.no_grad()
def test_a_block_is_its_formulas() -> None:
    torch.manual_seed(0)
    options = FNetOptions(num_layers=2, channel_hidden=7, period=5)
    backbone = FNetBackbone(CHANNELS, 9, options, 0.3).eval()
    for parameter in backbone.parameters():
        torch.nn.init.normal_(parameter)
    x = torch.randn(1, 9, CHANNELS)
    found = backbone(x, torch.ones(1, 9, 1))[0].double().numpy()
    values = {name: value.double().numpy() for name, value in backbone.state_dict().items()}
    text = x[0].double().numpy()
    for number in range(2):
        own = {name[len("blocks.0.") :]: v for name, v in values.items() if f".{number}." in name}
        text = text + transformed(norm(own, "word_norm", text), 5)
        hidden = layer(own, "channel_mixing.expand", norm(own, "channel_norm", text))
        text = text + layer(own, "channel_mixing.contract", np.maximum(hidden, 0))
    np.testing.assert_allclose(found, text, rtol=1e-4, atol=1e-4)


def test_nothing_of_the_mixing_is_learned_or_stored() -> None:
    backbone = FNetBackbone(CHANNELS, 9, FNetOptions(num_layers=1, channel_hidden=7), 0.0)
    assert {name.split(".")[2] for name in backbone.state_dict()} == {
        "word_norm",
        "channel_norm",
        "channel_mixing",
    }
