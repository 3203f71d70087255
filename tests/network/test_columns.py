"""Columns by their formulas in float64, and 2:4 sparsity while training, behind it and in the checkpoint's file."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from safetensors.numpy import load_file

from backbones import ONE, backbone_config
from formulas import Values, layer, norm
from neurolite_core.artifact.checkpoint import save_checkpoint
from neurolite_core.ground.errors import InputError
from neurolite_core.network.backbones.columns import ColumnsBackbone
from neurolite_core.network.backbones.columns_options import ColumnsOptions
from neurolite_core.network.model import NeuroLiteForClassification
from neurolite_core.network.sparse_products import SparseLinear, two_of_four
from sparsity import SPARSE, most_of_four

OPTIONS = ColumnsOptions(
    num_layers=2, token_hidden=5, channel_hidden=12, columns=3, branches=3, context=4
)
CHANNELS, MOST_WORDS = 6, 9


def in_columns(
    values: Values, options: ColumnsOptions, words: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Words [L, H] through the units of all columns, one unit and one column after another."""
    context = np.maximum(layer(values, "dendrites.context", words.mean(axis=0)[None]), 0)[0]
    branches, offsets = values["dendrites.branches.weight"], values["dendrites.branches.bias"]
    units, size = options.channel_hidden, options.channel_hidden // options.columns
    active = np.maximum(layer(values, "expand", words), 0)
    for unit in range(units):
        strongest = max(
            branches[unit + branch * units] @ context + offsets[unit + branch * units]
            for branch in range(options.branches)
        )
        active[:, unit] /= 1 + np.exp(-strongest)
    means = [active[:, at * size : (at + 1) * size].mean(axis=1) for at in range(options.columns)]
    left = np.zeros_like(active)
    for unit in range(units):
        own = unit // size
        others = sum(mean for at, mean in enumerate(means) if at != own) / (options.columns - 1)
        strength = max(values["inhibition.strength"][own], 0)
        left[:, unit] = np.maximum(active[:, unit] - strength * others, 0)
    return layer(values, "contract", left)


def mixed(
    values: Values, options: ColumnsOptions, text: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The words of a text [L, H] without padding."""
    length = len(text)
    for number in range(options.num_layers):
        start = f"blocks.{number}."
        own = {k.removeprefix(start): v for k, v in values.items() if k.startswith(start)}
        words = norm(own, "word_norm", text).T
        weight = own["word_mixing.expand.weight"][:, :length]
        hidden = np.maximum(words @ weight.T + own["word_mixing.expand.bias"], 0)
        weight = own["word_mixing.contract.weight"][:length]
        text = text + (hidden @ weight.T + own["word_mixing.contract.bias"][:length]).T
        text = text + in_columns(own, options, norm(own, "channel_norm", text))
    return text


@torch.no_grad()
@pytest.mark.parametrize("branches", [1, 3])
@pytest.mark.parametrize("length", [1, 6, MOST_WORDS])
def test_it_is_its_formulas(length: int, branches: int) -> None:
    torch.manual_seed(length)
    options = dataclasses.replace(OPTIONS, branches=branches)
    backbone = ColumnsBackbone(CHANNELS, MOST_WORDS, options, 0.3)
    for parameter in backbone.parameters():
        torch.nn.init.normal_(parameter, std=0.6)
    backbone.eval()
    values = {name: value.double().numpy() for name, value in backbone.state_dict().items()}
    counts = [length, max(1, length - 2)]
    x = torch.randn(2, length, CHANNELS)
    mask = (torch.arange(length)[None] < torch.tensor(counts)[:, None]).float()[:, :, None]
    found = backbone(x, mask).double().numpy()
    for row, words in enumerate(counts):
        expected = mixed(values, options, x[row, :words].double().numpy())
        np.testing.assert_allclose(found[row, :words], expected, rtol=1e-4, atol=1e-4)


def test_columns_divide_the_units() -> None:
    with pytest.raises(InputError, match="columns is 5, and channel_hidden 12 is no multiple"):
        ColumnsBackbone(CHANNELS, MOST_WORDS, dataclasses.replace(OPTIONS, columns=5), 0.0)


@given(rows=st.integers(1, 5), columns=st.integers(1, 19), seed=st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_the_two_greatest_of_four_stay(rows: int, columns: int, seed: int) -> None:
    weight = np.random.default_rng(seed).integers(-3, 4, (rows, columns)).astype(np.float32)
    kept = two_of_four(torch.from_numpy(weight)).numpy()
    for row in range(rows):
        for start in range(0, columns, 4):
            four = np.abs(weight[row, start : start + 4])
            chosen = sorted(range(len(four)), key=lambda at: (-four[at], at))[:2]
            assert np.flatnonzero(kept[row, start : start + 4]).tolist() == sorted(chosen)


def test_while_training_all_learn_and_two_of_four_are_used() -> None:
    torch.manual_seed(0)
    product = SparseLinear(8, 3)
    dense = product.weight.detach().clone()
    x = torch.randn(5, 8)
    sparse = dense * two_of_four(dense)
    found = product(x)
    torch.testing.assert_close(found, x @ sparse.T + product.bias)
    (slopes,) = torch.autograd.grad(found.sum(), product.weight)
    assert (slopes != 0).all()
    assert torch.equal(product.weight, dense)
    product.eval()
    assert torch.equal(product.weight, sparse)
    torch.testing.assert_close(product(x), found)
    again = product.train()(x)
    torch.testing.assert_close(again, found)


def test_the_checkpoints_file_is_sparse(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = NeuroLiteForClassification(backbone_config("columns", ONE), num_labels=3).eval()
    save_checkpoint(network, tmp_path)
    values = load_file(tmp_path / "model.safetensors")
    found = {name: value for name, value in values.items() if name.endswith(SPARSE)}
    assert len(found) == 4
    for name, value in found.items():
        assert most_of_four(value) == 2, name
        assert np.count_nonzero(value) == value.size // 2, name
