"""Conversions that are kept: for equal networks one, and what is got is the caller's own."""

from __future__ import annotations

import copy

import torch

from artifacts import SOURCES
from neurolite_core.network.exits import close_all
from neurolite_core.network.model import TextNetwork
from neurolite_export.conversions import Conversions, key_of
from neurolite_export.exporting import metadata_of
from neurolite_export.probes import Probes
from neurolite_export.replacing import Lowering, with_replacements
from neurolite_export.target import ExportJob
from neurolite_export.targets.onnx.modules import REPLACEMENTS
from neurolite_export.targets.onnx.network import _CAPTURED, capture
from neurolite_export.targets.onnx.target import OPSET, OnnxTarget

# Networks that have all that is replaced.
PLACES = ("backbone-ssm", "experts", "remembering", "rules-asking", "wide")


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
    for name, value in (("threshold", 0.25), ("hard", False)):
        ruled = SOURCES["rules"]().network
        setattr(ruled.rules, name, value)
        keys.add(key_of(ruled, 18))
    assert len(keys) == 12


def test_a_capture_is_made_again_with_equal_bytes_and_changed_by_nobody() -> None:
    network = SOURCES["one"]().network
    first = capture(network, OPSET)
    content = first.SerializeToString(deterministic=True)
    del first.graph.node[:]
    assert capture(network, OPSET).SerializeToString(deterministic=True) == content
    _CAPTURED.clear()
    assert capture(network, OPSET).SerializeToString(deterministic=True) == content


def test_precisions_and_equal_networks_share_a_capture() -> None:
    """Of a network with places, whose marks are new each time."""
    target, files = OnnxTarget(), []
    _CAPTURED.clear()
    for precision in (*target.precisions, "int8"):
        source = SOURCES["backbone-ssm"]()
        job = ExportJob(
            source.network, metadata_of(source, target, precision), Probes("test", (b"some words",))
        )
        files.append(target.build(job))
        assert len(_CAPTURED) == 1, precision
    assert files[1] == files[2] != files[0]


def test_no_place_depends_on_the_precision() -> None:
    """So that all share a capture; a target whose precisions differ in it has no such table."""
    found: set[type] = set()
    for name in PLACES:
        network = SOURCES[name]().network
        found.update(map(type, network.modules()))
        one, *others = (
            _described(network, Lowering(None, precision)) for precision in OnnxTarget.precisions
        )
        assert others == [one] * (len(OnnxTarget.precisions) - 1)
    assert set(REPLACEMENTS) <= found


def _described(network: TextNetwork, lowering: Lowering) -> list[object]:
    """Of what modules a network is, and of what values these, but for which numbers marks are."""
    replaced = with_replacements(network, REPLACEMENTS, lowering)
    values = (*replaced.named_parameters(), *replaced.named_buffers())
    return [
        *((name, type(module), repr(module)) for name, module in replaced.named_modules()),
        *((name, value.dtype, value.shape) for name, value in values),
    ]
