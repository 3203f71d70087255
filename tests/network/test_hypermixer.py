"""HyperMixer by its formulas, in float64 and without PyTorch's layers, and the parameters that the paper counts."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from formulas import Values, assert_texts_are, norm
from neurolite_core.ground.errors import InputError
from neurolite_core.network.backbones.hypermixer import (
    PLACE_CHANNELS,
    HyperHead,
    HyperMixerBackbone,
    places,
)
from neurolite_core.network.backbones.hypermixer_options import HyperMixerOptions

OPTIONS = HyperMixerOptions(num_layers=2, token_hidden=5, channel_hidden=7)
CHANNELS, MOST_WORDS = 6, 9


def mlp(values: Values, name: str, x: NDArray[np.float64]) -> NDArray[np.float64]:
    hidden = np.maximum(x @ values[f"{name}.expand.weight"].T + values[f"{name}.expand.bias"], 0)
    found: NDArray[np.float64] = (
        hidden @ values[f"{name}.contract.weight"].T + values[f"{name}.contract.bias"]
    )
    return found


def waves(words: int) -> NDArray[np.float64]:
    """sin(t / 1024^(i / 7)) and cos of the same, eight of each."""
    angles = np.arange(words)[:, None] / 1024 ** (np.arange(8) / 7)
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1)


def mixed(
    values: Values, options: HyperMixerOptions, text: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The words of a text [L, H] without padding."""
    size = CHANNELS // options.heads
    for number in range(options.num_layers):
        start = f"blocks.{number}."
        block = {
            name.removeprefix(start): value
            for name, value in values.items()
            if name.startswith(start)
        }
        words = norm(block, "word_norm", text)
        parts = []
        for head in range(options.heads):
            own = words[:, head * size : (head + 1) * size]
            known = np.concatenate([own, waves(len(text))], axis=1)
            first = mlp(block, f"heads.{head}.first", known)
            second = first if options.tied else mlp(block, f"heads.{head}.second", known)
            parts.append(second @ np.maximum(first.T @ own, 0))
        text = text + norm(block, "mixed_norm", np.concatenate(parts, axis=1))
        text = text + mlp(block, "channel_mixing", norm(block, "channel_norm", text))
    return text


@torch.no_grad()
@pytest.mark.parametrize(("heads", "tied"), [(1, False), (1, True), (3, False), (2, True)])
@pytest.mark.parametrize("length", [1, 4, MOST_WORDS])
def test_it_is_its_formulas(length: int, heads: int, *, tied: bool) -> None:
    torch.manual_seed(length)
    options = dataclasses.replace(OPTIONS, heads=heads, tied=tied)
    backbone = HyperMixerBackbone(CHANNELS, MOST_WORDS, options, 0.3).eval()
    for parameter in backbone.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    assert_texts_are(
        backbone, lambda values, text: mixed(values, options, text), (length, CHANNELS), 2e-4
    )


@pytest.mark.parametrize("heads", [1, 4])
@pytest.mark.parametrize("tied", [False, True])
def test_its_hypernetworks_have_the_parameters_of_the_paper(heads: int, *, tied: bool) -> None:
    """Algorithm 1: MLP([d, d, d']) once or twice, here with the places joined to what goes in."""
    channels, hidden = 64 // heads, 32
    options = dataclasses.replace(OPTIONS, token_hidden=hidden, heads=heads, tied=tied)
    head = HyperHead(channels, options)
    paper = (channels * channels + channels) + (channels * hidden + hidden)
    joined = PLACE_CHANNELS * channels
    expected = (1 if tied else 2) * (paper + joined)
    assert sum(parameter.numel() for parameter in head.parameters()) == expected


def test_its_length_is_free() -> None:
    """No parameter has the size of the longest text, and the weights of one serve the other."""
    short, long = (
        HyperMixerBackbone(CHANNELS, words, OPTIONS, 0.0).eval() for words in (MOST_WORDS, 300)
    )
    long.load_state_dict(short.state_dict())
    x, mask = torch.randn(1, MOST_WORDS, CHANNELS), torch.ones(1, MOST_WORDS, 1)
    with torch.no_grad():
        assert torch.equal(short(x, mask), long(x, mask))
    assert torch.equal(places(300)[:MOST_WORDS], places(MOST_WORDS))
    assert len(torch.unique(places(8192), dim=0)) == 8192


def test_heads_divide_the_channels() -> None:
    with pytest.raises(InputError, match="heads is 4, and hidden_size 6 is no multiple of it"):
        HyperMixerBackbone(CHANNELS, MOST_WORDS, dataclasses.replace(OPTIONS, heads=4), 0.0)
    with pytest.raises(InputError, match="tied is 1; give true or false"):
        HyperMixerOptions(num_layers=1, token_hidden=1, channel_hidden=1, tied=1)  # type: ignore[arg-type]
