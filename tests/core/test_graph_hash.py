"""The hash as tensor operations, where exactness is not plain from the code."""

from __future__ import annotations

import dataclasses

import torch

from neurolite_core.config import NeuroLiteConfig
from neurolite_core.graph_hash import _MIDDLE, GraphHash, _mod_prime
from neurolite_core.hashing import PRIME


def test_residues_are_exact_for_every_sum() -> None:
    sums = torch.arange(2 * _MIDDLE * PRIME, dtype=torch.int32)
    moved = (sums - _MIDDLE * PRIME).to(torch.float32) + 0.5
    assert torch.equal(_mod_prime(moved), (sums % PRIME).to(torch.float32) + 0.5)


def test_no_sum_is_beyond_those() -> None:
    graph = GraphHash(dataclasses.replace(NeuroLiteConfig.tiny(), num_hashes=64))
    lows, highs = graph.weights[0, :, :3].sum(dim=1), graph.weights[0, :, 3:].sum(dim=1)
    largest = lows * 255 + highs * 250 + graph.offsets[0, :, 0]
    assert largest.max() < _MIDDLE * PRIME
    assert graph.offsets.min() >= 0.5 - _MIDDLE * PRIME
