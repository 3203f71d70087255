"""The hash as tensor operations, where exactness is not plain from the code."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from neurolite_core.artifact.buckets import buckets_of
from neurolite_core.hashing.in_graph import _MIDDLE, _divide, _mod_prime
from neurolite_core.hashing.words import HIGH_PRIME, PRIME
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.model import graph_hash
from neurolite_core.text.words import pack_texts
from texts import generated_texts


def test_residues_are_exact_for_every_sum() -> None:
    sums = torch.arange(2 * _MIDDLE * PRIME, dtype=torch.int32)
    moved = (sums - _MIDDLE * PRIME).to(torch.float32) + 0.5
    assert torch.equal(_mod_prime(moved), (sums % PRIME).to(torch.float32) + 0.5)


def test_no_sum_is_beyond_those() -> None:
    graph = graph_hash(dataclasses.replace(NeuroLiteConfig.tiny(), num_hashes=64))
    lows, highs = graph.weights[0, :, :3].sum(dim=1), graph.weights[0, :, 3:6].sum(dim=1)
    offsets = graph.weights[0, :, 7]
    largest = lows * 255 + highs * 250 + offsets
    assert largest.max() < _MIDDLE * PRIME
    assert offsets.min() >= 0.5 - _MIDDLE * PRIME


def test_quotients_of_every_character_are_exact() -> None:
    codes = torch.arange(2**21, dtype=torch.int32)
    found = _divide(codes.to(torch.float32), HIGH_PRIME)
    assert torch.equal(found, (codes // HIGH_PRIME).to(torch.float32))


def test_quotients_by_any_table_size_are_exact_even_when_rounded_the_other_way() -> None:
    # Minima are below PRIME; a quotient can only go wrong beside a multiple of the divisor.
    divisors = np.arange(64, 65_537, dtype=np.int64)
    reciprocals = (1.0 / divisors).astype(np.float32)
    for factor in (1, 2, 3, 7, 50, 1_000, 4_095):
        for beside in (-1, 0, 1):
            values = divisors * factor + beside
            inside = values < PRIME
            products = (values.astype(np.float32) + np.float32(0.5)) * reciprocals
            for way in (-np.inf, np.inf):
                moved = np.nextafter(products, np.float32(way), dtype=np.float32)
                for product in (products, moved):
                    found = np.floor(product).astype(np.int64)
                    assert np.array_equal(found[inside], (values // divisors)[inside])


def test_no_tensor_of_a_fixed_shape_is_empty() -> None:
    # Core ML has no empty tensors.
    config = NeuroLiteConfig.tiny()
    module = FixedHash(config, length=16)
    program = torch.export.export(module, (torch.zeros((1, 64), dtype=torch.uint8),))
    values = [node.meta.get("val") for node in program.graph.nodes]
    shapes = [value.shape for value in values if isinstance(value, torch.Tensor)]
    assert len(shapes) > 100
    assert not [shape for shape in shapes if 0 in shape]


class FixedHash(torch.nn.Module):
    def __init__(self, config: NeuroLiteConfig, length: int) -> None:
        super().__init__()
        self.hash = graph_hash(config)
        self.length = length

    def forward(self, input_bytes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self.hash.fixed(input_bytes, self.length)


@pytest.mark.parametrize("position", range(5))
def test_fixed_shapes_give_the_same_as_free_ones(position: int) -> None:
    config = NeuroLiteConfig.tiny()
    graph = graph_hash(config)
    bucket = buckets_of(config.max_bytes, config.max_words)[position]
    texts = [text[: bucket.num_bytes] for text in generated_texts(60, seed=position)]
    for text in texts:
        free, count = graph(torch.from_numpy(pack_texts([text])))
        packed = torch.zeros((1, bucket.num_bytes), dtype=torch.uint8)
        packed[0, : len(text)] = torch.tensor(list(text), dtype=torch.uint8)
        fixed, fixed_count = graph.fixed(packed, bucket.num_words)
        length = min(free.shape[1], bucket.num_words)
        assert int(fixed_count) == int(count)
        assert torch.equal(fixed[:, :length], free[:, :length])
        assert not fixed[:, max(length, int(count)) :].any()
