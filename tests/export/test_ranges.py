"""int8 of the ONNX target by values, and which texts set its ranges."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import numpy_helper

from neurolite_export.exporting import build
from neurolite_export.probes import Probes, built_in_probes
from neurolite_export.source import seeded_source
from neurolite_export.target import ExportJob
from neurolite_export.targets.onnx.network import capture
from neurolite_export.targets.onnx.quantize import Range, product_inputs, quantize
from neurolite_export.targets.onnx.target import OPSET, OnnxTarget


@given(st.floats(-100, 0, width=32), st.floats(0, 100, width=32))
def test_zero_is_exact_and_the_ends_are_within_half_a_step(low: float, high: float) -> None:
    scale, zero = Range(low, high).scale_and_zero()
    steps = np.rint(np.array([0.0, low, high]) / scale) + zero
    assert steps[0] == zero
    assert abs(float(zero) + low / scale) <= 0.5 + 1e-3
    assert steps.min() >= -1
    assert steps.max() <= 256


def test_products_have_7_bits_and_the_table_8() -> None:
    model = capture(seeded_source("tiny", 0).network, OPSET)
    ranges = {name: Range(-1.0, 1.0) for name in product_inputs(model)}
    made = quantize(model, ranges)
    found = [
        numpy_helper.to_array(tensor).astype(np.int32)
        for tensor in made.graph.initializer
        if tensor.data_type == onnx.TensorProto.INT8 and len(tensor.dims) == 2
    ]
    table = max(found, key=lambda values: values.size)
    assert np.abs(table).max() == 127
    products = [values for values in found if values is not table]
    assert len(products) >= 9
    assert {int(np.abs(values).max()) for values in products} == {63}


class _StoppedError(Exception):
    pass


class _Noting(OnnxTarget):
    def __init__(self) -> None:
        self.calibration: tuple[bytes, ...] = ()

    def build(self, job: ExportJob) -> bytes:
        self.calibration = job.calibration.texts
        raise _StoppedError


def test_half_of_the_users_texts_stay_unseen_by_calibration() -> None:
    texts = tuple(f"own text {number}".encode() for number in range(10))
    target = _Noting()
    with pytest.raises(_StoppedError):
        build(
            seeded_source("tiny", 0), target, "int8", Probes("own", texts), progress=lambda _: None
        )
    assert set(built_in_probes().texts) <= set(target.calibration)
    assert set(texts) - set(target.calibration) == set(texts[1::2])
