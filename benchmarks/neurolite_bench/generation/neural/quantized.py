"""A reference point in int8: onnxruntime's dynamic quantization, a scale for each column of each matrix."""

from __future__ import annotations

import contextlib
import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from neurolite_bench.generation.neural.graphs import COLUMNS, INT8, READ, SAID, WORDS
from neurolite_core.ground.extras import require

_LARGEST: Final = 127


def quantize(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same with weights in int8.

    onnxruntime has no scales for each column of what ``Gather`` reads; the vector of a word is written as what its
    products are.

    Args:
        model: of ``float_model``.
    """
    quantization = require("onnxruntime.quantization", extra="bench")
    with tempfile.TemporaryDirectory() as folder, _quiet():
        path = Path(folder, "model.onnx")
        quantization.quantize_dynamic(
            model,
            path,
            op_types_to_quantize=["MatMul", "LSTM"],
            per_channel=True,
            weight_type=quantization.QuantType.QInt8,
            # Processors without VNNI add pairs of products in saturating int16: 8 bits are wrong there, 7 are exact.
            reduce_range=True,
            extra_options={"MatMulConstBOnly": True},
        )
        found = onnx.load(path)
    _read_in_int8(found)
    told = {each.key: each.value for each in model.metadata_props}
    helper.set_model_props(found, {**told, "precision": INT8})
    onnx.checker.check_model(found)
    return found


def _read_in_int8(model: onnx.ModelProto) -> None:
    graph = model.graph
    names = {initializer.name for initializer in graph.initializer}
    table = READ if READ in names else SAID
    if table == READ:
        _add_quantized(graph, table)
    place = next(number for number, node in enumerate(graph.node) if node.output[0] == COLUMNS)
    node = graph.node[place]
    made = [
        helper.make_node("Gather", [f"{table}_quantized", WORDS], [f"{COLUMNS}_int8"], axis=1),
        helper.make_node("Cast", [f"{COLUMNS}_int8"], [f"{COLUMNS}_float"], to=TensorProto.FLOAT),
        helper.make_node("Gather", [f"{table}_scale", WORDS], [f"{COLUMNS}_scale"]),
        helper.make_node("Mul", [f"{COLUMNS}_float", f"{COLUMNS}_scale"], list(node.output)),
    ]
    graph.node.remove(node)
    for number, each in enumerate(made):
        graph.node.insert(place + number, each)
    for initializer in graph.initializer:
        if initializer.name == table:
            graph.initializer.remove(initializer)
            break


def _add_quantized(graph: onnx.GraphProto, name: str) -> None:
    weights = numpy_helper.to_array(next(each for each in graph.initializer if each.name == name))
    scale = np.maximum(np.abs(weights).max(axis=0), 1e-12) / _LARGEST
    whole = np.rint(weights / scale).astype(np.int8)
    graph.initializer.append(numpy_helper.from_array(whole, f"{name}_quantized"))
    graph.initializer.append(numpy_helper.from_array(scale.astype(np.float32), f"{name}_scale"))


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without its advice to preprocess, which is for graphs that an exporter wrote."""
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
