"""RowSum: body and native kernel give the same bits, for any shape, and refuse indices outside."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper

from artifacts import Store
from neurolite_export.targets.onnx.hash_function import DOMAIN, DOMAIN_VERSION
from neurolite_export.targets.onnx.row_sum import ROW_SUM, row_sum_function
from neurolite_export.targets.onnx.target import IR_VERSION, OPSET
from neurolite_runtimes.native_library import NativeLibrary

Int32Array = NDArray[np.int32]


def session(num_hashes: int, library: NativeLibrary | None) -> Any:  # noqa: ANN401  # onnxruntime ships no types
    node = helper.make_node(ROW_SUM, ["table", "indices", "scale"], ["sums"], domain=DOMAIN)
    inputs = [
        helper.make_tensor_value_info("table", TensorProto.INT8, ["M", "E"]),
        helper.make_tensor_value_info("indices", TensorProto.INT32, ["N", "L", "K"]),
        helper.make_tensor_value_info("scale", TensorProto.FLOAT, []),
    ]
    output = helper.make_tensor_value_info("sums", TensorProto.FLOAT, ["N", "L", "E"])
    model = helper.make_model(
        helper.make_graph([node], "row sum", inputs, [output]),
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid(DOMAIN, DOMAIN_VERSION)],
        functions=[row_sum_function(num_hashes, OPSET)],
        ir_version=IR_VERSION,
    )
    onnx.checker.check_model(model)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    if library is not None:
        options.register_custom_ops_library(str(library.path))
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


@pytest.mark.parametrize("width", [1, 31, 32, 33, 96, 100, 224])
@pytest.mark.parametrize("num_hashes", [1, 16, 64])
def test_same_bits_as_the_body_and_as_numpy(
    library: NativeLibrary, width: int, num_hashes: int
) -> None:
    rng = np.random.default_rng(width * num_hashes)
    table = rng.integers(-128, 128, (300, width)).astype(np.int8)
    table[0], table[1] = -128, 127  # the extremes, K times
    indices = rng.integers(0, 300, (2, 9, num_hashes)).astype(np.int32)
    indices[0, 0], indices[0, 1] = 0, 1
    feed = {"table": table, "indices": indices, "scale": np.array(0.00917, np.float32)}
    expected = table[indices].astype(np.int32).sum(axis=2).astype(np.float32) * feed["scale"]
    for native in (None, library):
        found = session(num_hashes, native).run(None, feed)[0]
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("index", [-1, -(2**31), 64, 2**31 - 1])
def test_an_index_outside_is_refused(library: NativeLibrary, index: int) -> None:
    indices = np.zeros((1, 2, 4), np.int32)
    indices[0, 1, 3] = index
    feed = {
        "table": np.zeros((64, 8), np.int8),
        "indices": indices,
        "scale": np.array(1, np.float32),
    }
    with pytest.raises(Exception, match="number of rows is 64"):
        session(4, library).run(None, feed)


def test_no_words_give_no_sums(library: NativeLibrary) -> None:
    empty: Int32Array = np.zeros((0, 1, 4), np.int32)
    feed = {"table": np.zeros((64, 8), np.int8), "indices": empty, "scale": np.array(1, np.float32)}
    assert session(4, library).run(None, feed)[0].shape == (0, 1, 8)


@pytest.mark.parametrize(("precision", "fused"), [("int8", True), ("float32", False)])
def test_only_int8_tables_are_fused(precision: str, fused: bool, exported: Store) -> None:
    model = onnx.load(exported("onnx", "one", precision).path)
    kinds = {node.op_type for node in model.graph.node}
    assert (ROW_SUM in kinds) == fused
    assert ("Gather" in kinds) != fused
    assert [f.name for f in model.functions if f.name == ROW_SUM] == [ROW_SUM] * fused
