"""The liquid backbone against a plain loop in float64, the cell of ncps, and itself word by word."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from neurolite_core.ground.errors import InputError
from neurolite_core.network.backbones.liquid import LiquidBackbone, LiquidBlock
from neurolite_core.network.backbones.liquid_options import LiquidOptions

OPTIONS = LiquidOptions(num_layers=2, inner=6, shared=7)
CAUSAL = LiquidOptions(num_layers=2, inner=6, shared=7, causal=True)
CHANNELS, MOST_WORDS = 5, 20

Values = dict[str, NDArray[np.float64]]


def mixed(values: Values, options: LiquidOptions, text: NDArray[np.float64]) -> NDArray[np.float64]:
    """The words of a text [L, H] without padding, by the formulas and a loop over words."""
    inner, ways = options.inner, 1 if options.causal else 2
    for number in range(options.num_layers):
        own = {
            name.removeprefix(f"blocks.{number}."): value
            for name, value in values.items()
            if name.startswith(f"blocks.{number}.")
        }
        centred = text - text.mean(axis=1, keepdims=True)
        unit = centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + 1e-5)
        shared = np.maximum(_layer(own, "shared", unit * own["norm.weight"] + own["norm.bias"]), 0)
        heads = _layer(own, "heads", shared)
        pace = 1 / (1 + np.exp(-(heads[:, : ways * inner] + own["first_pace"])))
        target = np.tanh(heads[:, ways * inner :])
        states = np.zeros_like(pace)
        for way in range(ways):
            cells = slice(way * inner, (way + 1) * inner)
            state = np.zeros(inner)
            for place in range(len(text))[:: -1 if way else 1]:
                state = state + pace[place, cells] * (target[place, cells] - state)
                states[place, cells] = state
        text = text + _layer(own, "leave", states)
    return text


def _layer(values: Values, name: str, x: NDArray[np.float64]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = x @ values[f"{name}.weight"].T + values[f"{name}.bias"]
    return found


def backbone_of(options: LiquidOptions) -> LiquidBackbone:
    backbone = LiquidBackbone(CHANNELS, MOST_WORDS, options, 0.3).eval()
    for parameter in backbone.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return backbone


@torch.no_grad()
@pytest.mark.parametrize("options", [OPTIONS, CAUSAL], ids=["both", "causal"])
@pytest.mark.parametrize("length", [1, 5, MOST_WORDS])
def test_it_is_its_formulas(length: int, options: LiquidOptions) -> None:
    torch.manual_seed(length)
    backbone = backbone_of(options)
    values = {name: value.double().numpy() for name, value in backbone.state_dict().items()}
    counts = [length, max(1, length - 2)]
    x = torch.randn(2, length, CHANNELS)
    mask = (torch.arange(length)[None] < torch.tensor(counts)[:, None]).float()[:, :, None]
    found = backbone(x, mask).double().numpy()
    for row, words in enumerate(counts):
        expected = mixed(values, options, x[row, :words].double().numpy())
        np.testing.assert_allclose(found[row, :words], expected, rtol=1e-4, atol=1e-4)


@torch.no_grad()
def test_word_by_word_it_gives_the_same() -> None:
    torch.manual_seed(0)
    backbone = backbone_of(CAUSAL)
    x = torch.randn(3, MOST_WORDS, CHANNELS)
    together = backbone(x, torch.ones(3, MOST_WORDS, 1))
    state = backbone.initial_state(3)
    for place in range(MOST_WORDS):
        found, state = backbone.step(x[:, place : place + 1], state)
        torch.testing.assert_close(found, together[:, place : place + 1], rtol=1e-5, atol=1e-5)
    assert [tuple(kept.shape) for kept in state] == [(3, 1, 6)] * 2


@torch.no_grad()
def test_a_causal_one_knows_nothing_of_what_comes() -> None:
    torch.manual_seed(0)
    backbone = backbone_of(CAUSAL)
    x, mask = torch.randn(1, 9, CHANNELS), torch.ones(1, 9, 1)
    changed = x.clone()
    changed[:, 6:] = 7.0
    torch.testing.assert_close(backbone(x, mask)[:, :6], backbone(changed, mask)[:, :6])


def test_from_both_ends_there_is_no_word_by_word() -> None:
    backbone = backbone_of(OPTIONS)
    with pytest.raises(InputError, match=r"reads from both ends.*--set causal=true"):
        backbone.step(torch.zeros(1, 1, CHANNELS), backbone.initial_state(1))


@torch.no_grad()
def test_time_constants_begin_at_2_to_64_words_and_depend_on_the_word() -> None:
    block = LiquidBlock(CHANNELS, MOST_WORDS, CAUSAL, 0.0)
    times = 1 / torch.sigmoid(block.first_pace)
    torch.testing.assert_close(times[[0, -1]], torch.tensor([2.0, 64.0]))
    kept, _ = block.followed(torch.randn(1, 2, CHANNELS), torch.ones(1, 2, 1))
    assert (kept[0, 0] - kept[0, 1]).abs().min() > 0


@torch.no_grad()
def test_its_states_are_those_of_the_cell_of_ncps() -> None:
    """Their cell with the state itself for g, as its tanh is left out, and f and h that see the input alone."""
    cells = pytest.importorskip("ncps.torch")
    torch.manual_seed(0)
    block = LiquidBlock(CHANNELS, MOST_WORDS, CAUSAL, 0.0).eval()
    for parameter in block.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    inner, width = CAUSAL.inner, CAUSAL.shared
    theirs = cells.CfCCell(width, inner, backbone_layers=0)
    theirs.tanh = torch.nn.Identity()
    for layer in (theirs.ff1, theirs.ff2, theirs.time_a, theirs.time_b):
        layer.weight.zero_()
        layer.bias.zero_()
    theirs.ff1.weight[:, width:] = torch.eye(inner)
    theirs.time_a.weight[:, :width] = block.heads.weight[:inner]
    theirs.time_b.bias[:] = block.heads.bias[:inner] + block.first_pace
    theirs.ff2.weight[:, :width] = block.heads.weight[inner:]
    theirs.ff2.bias[:] = block.heads.bias[inner:]
    theirs.ff2 = torch.nn.Sequential(theirs.ff2, torch.nn.Tanh())
    x, state = torch.randn(2, MOST_WORDS, CHANNELS), torch.zeros(2, inner)
    own = torch.zeros(2, 1, inner)
    for place in range(MOST_WORDS):
        word = x[:, place : place + 1]
        shared = torch.relu(block.shared(block.norm(word)))[:, 0]
        state, _ = theirs(shared, state, 1.0)
        _, own = block.step(word, own)
        torch.testing.assert_close(own[:, 0], state, rtol=1e-5, atol=1e-5)
