"""SelectiveStates: body, native kernel and PyTorch agree, and the kernel refuses what does not fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper

from native.op_session import op_session
from neurolite_core.network.selective_states import SelectiveStates
from neurolite_export.targets.onnx.hash_function import DOMAIN
from neurolite_export.targets.onnx.selective_states import INPUTS, selective_states_function
from neurolite_export.targets.onnx.target import OPSET
from neurolite_runtimes.native_library import NativeLibrary

Feeds = dict[str, NDArray[np.float32]]
MOST = 6  # words of the body


def session(library: NativeLibrary | None) -> Any:  # noqa: ANN401  # onnxruntime ships no types
    function = selective_states_function(MOST, OPSET)
    node = helper.make_node(
        function.name, list(function.input), list(function.output), domain=DOMAIN
    )
    inputs, outputs = (
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names]
        for names in (function.input, function.output)
    )
    return op_session(helper.make_graph([node], function.name, inputs, outputs), function, library)


def said(rows: int, words: int, inner: int, states: int, rank: int) -> Feeds:
    """Of texts of which the first is as long as there is room for, and the others shorter."""
    drawn = np.random.default_rng(words)
    shapes = {
        "steps": (rows * words, inner),
        "chosen": (rows * words, rank + 2 * states),
        "v": (rows * words, inner),
        "mask": (rows, words, 1),
        "kept": (rows, states * inner),
        "decay": (states, inner),
        "skip": (inner,),
    }
    feeds = {
        name: drawn.normal(size=shape).astype(np.float32) * 3 for name, shape in shapes.items()
    }
    lengths = np.array([max(0, words - 2 * row) for row in range(rows)])[:, None, None]
    feeds["mask"] = (np.arange(words)[None, :, None] < lengths).astype(np.float32)
    feeds["decay"] = -np.abs(feeds["decay"])
    return feeds


@pytest.mark.parametrize(
    "shape", [(1, 1, 32, 4, 8), (3, 6, 24, 2, 0), (2, 5, 7, 1, 3)], ids=lambda shape: str(shape)
)
def test_states_are_those_of_the_module(
    shape: tuple[int, int, int, int, int], library: NativeLibrary
) -> None:
    feeds = said(*shape)
    own = {name: torch.from_numpy(value) for name, value in feeds.items()}
    first = torch.zeros(shape[1], 1)
    first[0] = 1
    expected = SelectiveStates(MOST)(
        *(own[name] for name in ("steps", "chosen", "v", "mask")),
        first,
        own["kept"],
        torch.log(-own["decay"]),
        own["skip"],
    )
    for kernel in (None, library):
        found = session(kernel).run(None, feeds)
        for one, other in zip(found, expected, strict=True):
            # Of sums whose terms are up to some 50.
            np.testing.assert_allclose(one, other.numpy(), rtol=2e-5, atol=1e-4)


@pytest.mark.parametrize("name", [name for name in INPUTS if name != "chosen"])
def test_other_sizes_are_refused(name: str, library: NativeLibrary) -> None:
    feeds = said(2, 3, 8, 2, 1)
    feeds[name] = np.concatenate([feeds[name], feeds[name]], axis=-1)
    with pytest.raises(Exception, match=r"(a size of what states follow|the number of states) is"):
        session(library).run(None, feeds)


def test_two_numbers_of_each_word_are_needed_for_each_state(library: NativeLibrary) -> None:
    feeds = said(2, 3, 8, 2, 1)
    feeds["chosen"] = feeds["chosen"][..., :3].copy()
    with pytest.raises(Exception, match="the number of states is 2; at least one is needed"):
        session(library).run(None, feeds)
