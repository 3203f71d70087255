"""WideLogits: body and native kernel give the same bits, for any shape, and refuse what does not fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper

from native.op_session import op_session
from neurolite_export.targets.onnx.hash_function import DOMAIN
from neurolite_export.targets.onnx.target import OPSET
from neurolite_export.targets.onnx.wide_logits import WIDE_LOGITS, wide_logits_function
from neurolite_runtimes.native_library import NativeLibrary

BUCKETS = 65_537


def session(
    node: onnx.NodeProto,
    function: onnx.FunctionProto,
    ports: dict[str, int],
    library: NativeLibrary | None,
) -> Any:  # noqa: ANN401  # onnxruntime ships no types
    """Of one op; ports are of inputs and outputs, whose shapes are free."""
    values = {name: helper.make_tensor_value_info(name, kind, None) for name, kind in ports.items()}
    graph = helper.make_graph(
        [node], "one op", [values[n] for n in node.input], [values[n] for n in node.output]
    )
    return op_session(graph, function, library)


def logits_session(labels: int, library: NativeLibrary | None) -> Any:  # noqa: ANN401
    inputs: dict[str, int] = {
        "remap": TensorProto.UINT16,
        "rows": TensorProto.INT8,
        "scales": TensorProto.FLOAT,
        "ngrams": TensorProto.INT32,
    }
    node = helper.make_node(WIDE_LOGITS, list(inputs), ["logits"], domain=DOMAIN)
    ports = inputs | {"logits": TensorProto.FLOAT}
    return session(node, wide_logits_function(labels, OPSET), ports, library)


def feed(
    labels: int, rows: int = 300, symbols: int = 50, texts: int = 3
) -> dict[str, NDArray[Any]]:
    random = np.random.default_rng(labels + symbols)
    remap = random.integers(0, rows + 1, BUCKETS)
    table = random.integers(-127, 128, (rows + 1, labels + 1))
    table[:, -1] = random.integers(1, 128, rows + 1)
    table[1], table[2, :-1], remap[1:3] = 127, -127, (1, 2)
    table[0] = remap[0] = 0
    ngrams = random.integers(0, BUCKETS, (texts, symbols, 3))
    ngrams[0], ngrams[1] = 0, 1  # no n-gram; and the largest sums
    ngrams[1, :, 1] = 2
    return {
        "remap": remap.astype(np.uint16),
        "rows": table.astype(np.int8),
        "scales": random.uniform(-0.1, 0.1, labels).astype(np.float32),
        "ngrams": ngrams.astype(np.int32),
    }


@pytest.mark.parametrize("labels", [1, 5, 7, 8, 15, 16, 63, 64, 71, 150, 200])
@pytest.mark.parametrize("symbols", [1, 90, 1_100])
def test_logits_are_the_same_bits_as_the_bodys_and_numpys(
    library: NativeLibrary, labels: int, symbols: int
) -> None:
    given = feed(labels, symbols=symbols)
    kept = given["remap"][given["ngrams"].reshape(3, -1)].astype(np.int64)
    sums = given["rows"].astype(np.int64)[kept].sum(axis=1).astype(np.float32)
    expected = sums[:, :-1] * given["scales"] / np.sqrt(np.maximum(sums[:, -1:], np.float32(1)))
    for each in (logits_session(labels, None), logits_session(labels, library)):
        np.testing.assert_array_equal(each.run(None, given)[0], expected)
    assert not expected[0].any()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"ngrams": [[[0, -1]]]}, "number of rows is 301"),
        ({"ngrams": [[[BUCKETS]]]}, "number of rows is 301"),
        ({"remap": np.full(BUCKETS, 301, np.uint16)}, "number of rows is 301"),
        ({"scales": np.ones(6, np.float32)}, "number of scales is 6"),
        ({"ngrams": np.zeros((1, 131_073, 1))}, "n-grams is 131073; at most 131072"),
        ({"ngrams": np.zeros((2, 3))}, "rank is 2; it must be 3"),
    ],
)
def test_what_does_not_fit_is_refused(
    library: NativeLibrary, changed: dict[str, Any], said: str
) -> None:
    given = feed(5) | changed
    given["ngrams"] = np.asarray(given["ngrams"], np.int32)
    with pytest.raises(Exception, match=said):
        logits_session(5, library).run(None, given)


def test_no_texts_give_no_logits(library: NativeLibrary) -> None:
    given = feed(5) | {"ngrams": np.zeros((0, 4, 3), np.int32)}
    assert logits_session(5, library).run(None, given)[0].shape == (0, 5)
