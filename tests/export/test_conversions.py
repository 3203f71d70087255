"""Conversions that are kept: for equal networks one, and what is got is the caller's own."""

from __future__ import annotations

import copy

import torch

from artifacts import SOURCES
from neurolite_core.network.exits import close_all
from neurolite_export.conversions import Conversions, key_of
from neurolite_export.targets.onnx.network import _CAPTURED, capture
from neurolite_export.targets.onnx.target import OPSET


def test_the_oldest_goes_first() -> None:
    kept, made = Conversions(2), []

    def convert(name: str) -> bytes:
        made.append(name)
        return name.encode()

    for name in ("a", "b", "a", "c", "b", "a"):
        assert kept.get(name, lambda name=name: convert(name)) == name.encode()  # type: ignore[misc]
    assert made == ["a", "b", "c", "a"]
    kept.clear()
    assert kept.get("a", lambda: convert("again")) == b"again"


def test_all_that_decides_a_conversion_is_in_its_key() -> None:
    network = SOURCES["exits-fnet"]().network
    assert key_of(network, 18) == key_of(SOURCES["exits-fnet"]().network, 18)
    keys = {key_of(network, 18), key_of(network, 17)}
    for name in ("backbone-fnet", "several", "rules", "rules-asking", "one"):
        keys.add(key_of(SOURCES[name]().network, 18))
    other = copy.deepcopy(network)
    assert other.exits is not None
    with torch.no_grad():
        close_all(other.exits)
        keys.add(key_of(other, 18))
        next(iter(other.parameters())).view(-1)[0] += 1
        keys.add(key_of(other, 18))
    renamed = copy.deepcopy(network)
    renamed.labels = tuple(reversed(network.labels))
    keys.add(key_of(renamed, 18))
    assert len(keys) == 10


def test_a_capture_is_made_again_with_equal_bytes_and_changed_by_nobody() -> None:
    network = SOURCES["one"]().network
    first = capture(network, OPSET)
    content = first.SerializeToString(deterministic=True)
    del first.graph.node[:]
    assert capture(network, OPSET).SerializeToString(deterministic=True) == content
    _CAPTURED.clear()
    assert capture(network, OPSET).SerializeToString(deterministic=True) == content
