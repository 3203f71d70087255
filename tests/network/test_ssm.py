"""The state space backbone against a plain loop in float64, mambapy's scan, and itself word by word."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from formulas import Values, assert_texts_are, layer, norm
from neurolite_core.ground.errors import InputError
from neurolite_core.network.backbones.ssm import SsmBackbone, StateSpace
from neurolite_core.network.backbones.ssm_options import SsmOptions
from neurolite_core.network.scan import scan
from neurolite_core.network.selective_states import softplus

OPTIONS = SsmOptions(num_layers=2, inner=6, state=3, step_rank=2)
CAUSAL = SsmOptions(num_layers=2, inner=6, state=3, step_rank=2, causal=True)
CHANNELS, MOST_WORDS = 5, 20


@given(length=st.integers(1, 40), extra=st.integers(0, 60), backward=st.booleans())
@settings(max_examples=60, deadline=None)
def test_a_scan_is_the_loop(length: int, extra: int, *, backward: bool) -> None:
    random = np.random.default_rng(length)
    factors, inputs = random.uniform(0, 1, (2, length, 3)), random.normal(size=(2, length, 3))
    expected, kept = np.zeros_like(inputs), np.zeros((2, 3))
    for place in range(length)[:: -1 if backward else 1]:
        kept = factors[:, place] * kept + inputs[:, place]
        expected[:, place] = kept
    found = scan(
        torch.from_numpy(factors), torch.from_numpy(inputs), length + extra, backward=backward
    )
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-12, atol=1e-12)


def mixed(values: Values, options: SsmOptions, text: NDArray[np.float64]) -> NDArray[np.float64]:
    """The words of a text [L, H] without padding, by the formulas of the paper and a loop over words."""
    inner, ways = options.inner, 1 if options.causal else 2
    for number in range(options.num_layers):
        own = {
            name.removeprefix(f"blocks.{number}."): value
            for name, value in values.items()
            if name.startswith(f"blocks.{number}.")
        }
        entered = layer(own, "enter", norm(own, "norm", text))
        gate = entered[:, ways * inner :]
        found = []
        for way in range(ways):
            part = entered[:, way * inner : (way + 1) * inner]
            turned = part[::-1] if way else part
            y = _state_space(own, f"ways.{way}", turned, options)
            found.append(y[::-1] if way else y)
        y = np.concatenate(found, axis=1) * gate / (1 + np.exp(-gate))
        text = text + layer(own, "leave", norm(own, "leave_norm", y))
    return text


def _state_space(
    values: Values, name: str, v: NDArray[np.float64], options: SsmOptions
) -> NDArray[np.float64]:
    chosen = layer(values, f"{name}.select", v)
    rank, size = options.step_rank, options.state
    raised = layer(values, f"{name}.steps", chosen[:, :rank]) + values[f"{name}.first_step"]
    step = np.log1p(np.exp(raised))  # (L, D)
    enter, leave = chosen[:, rank : rank + size], chosen[:, rank + size :]
    decay = -np.exp(values[f"{name}.log_decay"])  # (S, D)
    kept, found = np.zeros((size, options.inner)), np.zeros_like(v)
    for t in range(len(v)):
        kept = np.exp(step[t] * decay) * kept + step[t] * enter[t][:, None] * v[t]
        found[t] = leave[t] @ kept + values[f"{name}.skip"] * v[t]
    return found


def backbone_of(options: SsmOptions) -> SsmBackbone:
    backbone = SsmBackbone(CHANNELS, MOST_WORDS, options, 0.3).eval()
    for parameter in backbone.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return backbone


@torch.no_grad()
@pytest.mark.parametrize("options", [OPTIONS, CAUSAL], ids=["both", "causal"])
@pytest.mark.parametrize("length", [1, 5, MOST_WORDS])
def test_it_is_its_formulas(length: int, options: SsmOptions) -> None:
    torch.manual_seed(length)
    backbone = backbone_of(options)
    assert_texts_are(
        backbone, lambda values, text: mixed(values, options, text), (length, CHANNELS), 1e-4
    )


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
    assert [tuple(kept.shape) for kept in state] == [(3, 1, 18)] * 2


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


def test_softplus_is_pytorchs() -> None:
    x = torch.linspace(-30, 30, 301)
    torch.testing.assert_close(softplus(x), torch.nn.functional.softplus(x), rtol=1e-6, atol=1e-7)


@torch.no_grad()
def test_its_scan_is_mambapys() -> None:
    """By mambapy's two scans, one of a loop and one in parallel, of the same step, A, B, C and D."""
    mamba = pytest.importorskip("mambapy.mamba")
    torch.manual_seed(0)
    inner, size, length = 4, 3, 13
    block = mamba.MambaBlock(mamba.MambaConfig(d_model=2, n_layers=1, d_state=size))
    assert block.config.d_inner == inner
    options = SsmOptions(num_layers=1, inner=inner, state=size, step_rank=2, causal=True)
    space = StateSpace(options, length, backward=False).eval()
    for parameter in space.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    v = torch.randn(2, length, inner)
    chosen = space.select(v)
    step = torch.nn.functional.softplus(space.steps(chosen[..., :2]) + space.first_step)
    enter, leave = chosen[..., 2 : 2 + size], chosen[..., 2 + size :]
    decay = -space.log_decay.exp().T  # theirs is (D, S)
    found = space(v, torch.ones(2, length, 1))
    for theirs in (block.selective_scan_seq, block.selective_scan):
        expected = theirs(v, step, decay, enter, leave, space.skip)
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)
