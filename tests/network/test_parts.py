"""The parts of the model by values: what stored checkpoints rely on."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from torch.nn import functional

from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.features import features_of
from neurolite_core.network.heads import EmbeddingHead
from neurolite_core.network.model import NeuroLiteForClassification
from neurolite_core.network.projection import BloomProjection, WindowMixing

CONFIG = dataclasses.replace(NeuroLiteConfig.tiny(), table_size=64)


@torch.no_grad()
def test_a_window_reads_from_left_to_right() -> None:
    window = WindowMixing(dataclasses.replace(CONFIG, projection_size=4, hidden_size=12))
    window.linear.weight.copy_(torch.eye(12))
    window.linear.bias.zero_()
    words = torch.arange(1.0, 13.0).reshape(1, 3, 4)
    left, own, right = window(words).split(4, dim=-1)
    zeros = torch.zeros(1, 1, 4)
    assert torch.equal(left, torch.cat([zeros, words[:, :2]], dim=1))
    assert torch.equal(own, words)
    assert torch.equal(right, torch.cat([words[:, 1:], zeros], dim=1))


@pytest.mark.parametrize("trains", [True, False])
def test_a_word_is_the_sum_of_its_rows(*, trains: bool) -> None:
    projection = BloomProjection(CONFIG).train(trains)
    indices = torch.tensor([[[1, 1, 5], [7, 0, 2]]])
    found = projection(indices, torch.tensor([[[1.0], [0.0]]]))
    table = projection.table
    torch.testing.assert_close(found[0, 0], 2 * table[1] + table[5])
    assert not found[0, 1].any()
    found.sum().backward()
    expected = torch.zeros(len(table))
    expected[1], expected[5] = 2, 1  # the padded word's rows learn nothing
    assert table.grad is not None
    assert torch.equal(table.grad, expected[:, None].expand_as(table))


@torch.no_grad()
def test_the_norm_stands_between_pooling_and_head() -> None:
    torch.manual_seed(0)
    network = NeuroLiteForClassification(CONFIG, 3).eval()
    torch.nn.init.normal_(network.norm.weight)
    torch.nn.init.normal_(network.norm.bias)
    indices, counts = features_of(["one two three", "four"], CONFIG)
    hidden, _, mask = network.model.encode(indices, counts)
    assert mask[:, :, 0].tolist() == [[1, 1, 1], [1, 0, 0]]
    pooled = torch.stack([hidden[0].mean(dim=0), hidden[1, 0]])
    size = (CONFIG.hidden_size,)
    normed = functional.layer_norm(pooled, size, network.norm.weight, network.norm.bias)
    expected = functional.linear(normed, network.head.linear.weight, network.head.linear.bias)
    torch.testing.assert_close(network.network(indices, counts)["logits"], expected)


@torch.no_grad()
def test_an_embedding_of_nothing_is_nothing() -> None:
    found = EmbeddingHead()(torch.tensor([[0.0, 0.0], [3.0, 4.0]]))
    torch.testing.assert_close(found, torch.tensor([[0.0, 0.0], [0.6, 0.8]]))
