"""Recall and SlotWrite: body, native kernel and PyTorch agree, and the kernels refuse what does not fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import pytest
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper

from native.op_session import op_session
from neurolite_core.network.memory.retrieval import Recall
from neurolite_core.network.memory.slots import SlotWrite
from neurolite_export.targets.onnx.hash_function import DOMAIN
from neurolite_export.targets.onnx.recall import INPUTS as RECALL_INPUTS
from neurolite_export.targets.onnx.recall import RECALL, recall_function
from neurolite_export.targets.onnx.slot_write import INPUTS as WRITE_INPUTS
from neurolite_export.targets.onnx.slot_write import OUTPUTS, SLOT_WRITE, slot_write_function
from neurolite_export.targets.onnx.target import OPSET
from neurolite_runtimes.native_library import NativeLibrary

Feeds = dict[str, NDArray[np.float32]]


def session(function: onnx.FunctionProto, library: NativeLibrary | None, **attributes: int) -> Any:  # noqa: ANN401  # onnxruntime ships no types
    node = helper.make_node(
        function.name, list(function.input), list(function.output), domain=DOMAIN
    )
    node.attribute.extend(helper.make_attribute(name, attributes[name]) for name in attributes)
    inputs, outputs = (
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names]
        for names in (function.input, function.output)
    )
    graph = helper.make_graph([node], function.name, inputs, outputs)
    return op_session(graph, function, library)


def tensors(feeds: Feeds) -> list[torch.Tensor]:
    return [torch.from_numpy(value) for value in feeds.values()]


def recalled(rows: int, reads: int, patterns: int, size: int, seed: int) -> Feeds:
    drawn = np.random.default_rng(seed)
    shapes = (
        (rows, reads, size),
        (rows, patterns, size),
        (rows, 1, patterns),
        (reads, patterns),
        (1, reads, 1),
    )
    feeds = {
        name: drawn.normal(size=shape).astype(np.float32)
        for name, shape in zip(RECALL_INPUTS, shapes, strict=True)
    }
    feeds["filled"] = (drawn.random((rows, 1, patterns)) < 0.7).astype(np.float32)
    feeds["beta"] = np.abs(feeds["beta"])
    return feeds


@pytest.mark.parametrize("steps", [1, 2, 5])
@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (3, 8, 16, 32), (2, 2, 33, 7)])
def test_recall_is_that_of_the_module(
    steps: int, shape: tuple[int, int, int, int], library: NativeLibrary
) -> None:
    feeds = recalled(*shape, seed=steps)
    expected = Recall(steps).eval()(*tensors(feeds)).numpy()
    for own in (None, library):
        (found,) = session(recall_function(steps, OPSET), own, steps=steps).run(None, feeds)
        np.testing.assert_allclose(found, expected, atol=2e-6)
        np.testing.assert_allclose(found.sum(axis=2), 1, atol=1e-5)


def test_nothing_is_recalled_from_empty_places(library: NativeLibrary) -> None:
    feeds = recalled(2, 3, 6, 4, seed=0)
    feeds["filled"] = np.array([[[1, 0, 1, 0, 0, 0]], [[0, 0, 0, 0, 0, 0]]], np.float32)
    feeds["keys"] *= 20
    expected = Recall(1).eval()(*tensors(feeds)).numpy()
    for own in (None, library):
        (found,) = session(recall_function(1, OPSET), own, steps=1).run(None, feeds)
        assert found[0][:, [1, 3, 4, 5]].max() == 0
        np.testing.assert_allclose(
            found, expected, atol=2e-3
        )  # energies near 10,000 have steps of 0.001


def written(rows: int, slots: int, size: int, reads: int, seed: int) -> Feeds:
    drawn = np.random.default_rng(seed)
    module = SlotWrite(slots)
    feeds = {
        "entry": drawn.normal(size=(rows, size)),
        "slots": drawn.normal(size=(rows, slots, size)),
        "texts": drawn.integers(0, 4, (rows, 1, slots)) * drawn.choice([1, 0.3], (rows, 1, slots)),
        "used": drawn.random((rows, 1, slots)) * 3,
        "weights": drawn.dirichlet(np.ones(slots), (rows, reads)),
        "border": np.full((1, 1), 0.5),
        "ties": module.ties.numpy(),
        "haste": np.full((1, 1), module.haste),
    }
    # Some entries are nearly what a slot holds.
    feeds["entry"][::2] = feeds["slots"][::2, slots // 2] * 1.5 + 0.05 * feeds["entry"][::2]
    assert tuple(feeds) == WRITE_INPUTS
    return {name: value.astype(np.float32) for name, value in feeds.items()}


@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (4, 32, 96, 2), (5, 9, 13, 3), (2, 200, 8, 1)])
def test_a_write_is_that_of_the_module(
    shape: tuple[int, int, int, int], library: NativeLibrary
) -> None:
    module = SlotWrite(shape[1]).eval()
    for seed in range(5):
        feeds = written(*shape, seed=seed)
        expected = module(*tensors(feeds)[:6])
        for own in (None, library):
            found = session(slot_write_function(OPSET), own).run(None, feeds)
            for name, value, wanted in zip(OUTPUTS, found, expected, strict=True):
                np.testing.assert_allclose(value, wanted.numpy(), atol=3e-5, err_msg=name)


def test_writes_go_on_alike_for_hundreds_of_texts(library: NativeLibrary) -> None:
    """What is given up is chosen; body and kernel choose the same from what each of them kept."""
    drawn, slots, size = np.random.default_rng(3), 16, 24
    sessions = [session(slot_write_function(OPSET), own) for own in (None, library)]
    constants = written(1, slots, size, 2, seed=0)
    kept = [
        {
            "slots": np.zeros((1, slots, size)),
            "texts": np.zeros((1, 1, slots)),
            "used": np.zeros((1, 1, slots)),
        }
        for _ in sessions
    ]
    for _ in range(300):
        text = {
            "entry": drawn.normal(size=(1, size)),
            "weights": drawn.dirichlet(np.ones(slots) / 4, (1, 2)),
        }
        for place, own in enumerate(sessions):
            feeds = {name: np.float32(value) for name, value in (kept[place] | text).items()}
            found = own.run(None, constants | feeds)
            kept[place] = dict(zip(("slots", "texts", "used"), found, strict=True))
        for name, value in kept[0].items():
            np.testing.assert_allclose(kept[1][name], value, atol=1e-4, err_msg=name)
    assert float(kept[0]["texts"].min()) > 0.9  # all are in use


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("used", -1e30), ("used", 1e30), ("used", -0.01), ("texts", -5.0), ("texts", 1e30),
        ("slots", 1e18), ("entry", 0.0), ("border", 1e4),
    ],
)  # fmt: skip
def test_any_finite_state_is_taken(name: str, value: float, library: NativeLibrary) -> None:
    """A state may come from anybody: what body and module make of it, the kernel makes of it."""
    feeds = written(2, 8, 16, 2, seed=1)
    feeds[name] = np.full_like(feeds[name], value)
    with np.errstate(all="ignore"):
        body = session(slot_write_function(OPSET), None).run(None, feeds)
        found = session(slot_write_function(OPSET), library).run(None, feeds)
    for one, other in zip(body, found, strict=True):
        finite = np.isfinite(one)
        np.testing.assert_allclose(other[finite], one[finite], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", WRITE_INPUTS)
def test_a_write_refuses_other_sizes(name: str, library: NativeLibrary) -> None:
    feeds = written(2, 8, 16, 2, seed=1)
    feeds[name] = np.concatenate([feeds[name], feeds[name]], axis=-1)
    with pytest.raises(
        Exception, match=r"a size of what slots are written from is \d+; all inputs"
    ):
        session(slot_write_function(OPSET), library).run(None, feeds)


@pytest.mark.parametrize("name", RECALL_INPUTS)
def test_recall_refuses_other_sizes(name: str, library: NativeLibrary) -> None:
    feeds = recalled(2, 3, 6, 4, seed=0)
    feeds[name] = np.concatenate([feeds[name], feeds[name]], axis=-1)
    with pytest.raises(Exception, match=r"a size of what is recalled is \d+; all inputs"):
        session(recall_function(1, OPSET), library, steps=1).run(None, feeds)
    with pytest.raises(Exception, match="steps is 17; 1 to 16 are allowed"):
        session(recall_function(1, OPSET), library, steps=17)


def test_names_are_those_of_the_library() -> None:
    assert (RECALL, SLOT_WRITE) == ("Recall", "SlotWrite")
