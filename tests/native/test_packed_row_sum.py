"""PackedRowSum: body and native kernel give the same bits, for any shape, and refuse what does not fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper

from neurolite_core.network.row_packing import PackedRows
from neurolite_export.targets.onnx.hash_function import DOMAIN, DOMAIN_VERSION
from neurolite_export.targets.onnx.packed_row_sum import PACKED_ROW_SUM, packed_row_sum_function
from neurolite_export.targets.onnx.target import IR_VERSION, OPSET
from neurolite_runtimes.native_library import NativeLibrary

UNIT = np.array(0.00917, np.float32)


def session(library: NativeLibrary | None) -> Any:  # noqa: ANN401  # onnxruntime ships no types
    node = helper.make_node(
        PACKED_ROW_SUM, ["rows", "factors", "unit", "indices"], ["sums"], domain=DOMAIN
    )
    inputs = [
        helper.make_tensor_value_info("rows", TensorProto.UINT8, ["M", "H"]),
        helper.make_tensor_value_info("factors", TensorProto.UINT8, ["R", "one"]),
        helper.make_tensor_value_info("unit", TensorProto.FLOAT, []),
        helper.make_tensor_value_info("indices", TensorProto.INT32, ["N", "L", "K"]),
    ]
    output = helper.make_tensor_value_info("sums", TensorProto.FLOAT, ["N", "L", "E"])
    model = helper.make_model(
        helper.make_graph([node], "packed row sum", inputs, [output]),
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid(DOMAIN, DOMAIN_VERSION)],
        functions=[packed_row_sum_function(OPSET)],
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


def feed(rows: NDArray[np.uint8], factors: NDArray[np.uint8], indices: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "rows": rows,
        "factors": factors,
        "unit": UNIT,
        "indices": np.asarray(indices, np.int32),
    }


@pytest.fixture(scope="module")
def sessions(library: NativeLibrary) -> list[Any]:
    return [session(None), session(library)]


@pytest.mark.parametrize("half", [1, 31, 32, 33, 128])
@pytest.mark.parametrize("num_hashes", [1, 8, 16, 17, 64])
def test_same_bits_as_the_body_and_as_numpy(
    sessions: list[Any], half: int, num_hashes: int
) -> None:
    rng = np.random.default_rng(half * num_hashes)
    rows = rng.integers(0, 256, (300, half)).astype(np.uint8)
    factors = rng.integers(1, 256, (300, 1)).astype(np.uint8)
    rows[0], rows[1], rows[2], rows[3] = 0, 255, 15, 240  # the extremes, K times
    factors[:4] = 255
    indices = rng.integers(0, 300, (2, 9, num_hashes)).astype(np.int32)
    indices[0, :4] = np.arange(4)[:, None]
    whole = PackedRows(rows, factors[:, 0], np.float32(1)).unpacked().astype(np.int64)
    expected = whole[indices].sum(axis=2).astype(np.float32) * UNIT
    for each in sessions:
        found = each.run(None, feed(rows, factors, indices))[0]
        np.testing.assert_array_equal(found, expected)


ROWS, FACTORS = np.zeros((64, 8), np.uint8), np.ones((64, 1), np.uint8)


@pytest.mark.parametrize(
    ("rows", "factors", "indices", "said"),
    [
        (ROWS, FACTORS, [[[0, 0, -1]]], "number of rows is 64"),
        (ROWS, FACTORS, [[[0, 0], [0, 64]]], "number of rows is 64"),
        (ROWS, FACTORS, [[[2**31 - 1]]], "number of rows is 64"),
        (ROWS, FACTORS[:63], [[[0]]], "number of factors is 63; each row must have one"),
        (ROWS, np.ones((64, 2), np.uint8), [[[0]]], "number of factors of a row is 2"),
        (ROWS, FACTORS, np.zeros((1, 1, 257)), "rows to add is 257; at most 256"),
    ],
)
def test_what_does_not_fit_is_refused(
    sessions: list[Any],
    rows: NDArray[np.uint8],
    factors: NDArray[np.uint8],
    indices: Any,  # noqa: ANN401
    said: str,
) -> None:
    with pytest.raises(Exception, match=said):
        sessions[1].run(None, feed(rows, factors, indices))


def test_no_words_give_no_sums(sessions: list[Any]) -> None:
    found = sessions[1].run(None, feed(ROWS, FACTORS, np.zeros((0, 1, 4))))[0]
    assert found.shape == (0, 1, 16)
