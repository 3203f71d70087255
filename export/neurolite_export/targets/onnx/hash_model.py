"""The hash alone as an ONNX model, for comparing and timing it apart from a network."""

from __future__ import annotations

import onnx
from onnx import TensorProto, helper

from neurolite_core.artifact.outputs import INDICES
from neurolite_core.hashing.ngrams import NgramConfig
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_export.targets.onnx.hash_function import DOMAIN, DOMAIN_VERSION
from neurolite_export.targets.onnx.hash_ops import HashOp
from neurolite_export.targets.onnx.ngram_function import ngram_function, ngram_node
from neurolite_export.targets.onnx.target import IR_VERSION, OPSET


def hash_model(config: NeuroLiteConfig) -> bytes:
    """A file with input ``bytes`` uint8 [N, T] and the outputs of ``BloomHash``, ``indices`` and ``words``.

    Args:
        config: K, M and the limit of words are read.
    """
    op = HashOp(config)
    return _model(op.node("bytes"), op.function(OPSET), op.shapes[INDICES])


def ngram_model(config: NgramConfig) -> bytes:
    """A file with input ``bytes`` uint8 [N, T] and the op's outputs, ``values`` and ``symbols``."""
    node = ngram_node(config, input_name="bytes", values="values", symbols="symbols")
    return _model(node, ngram_function(config, OPSET), ["N", "P", len(config.orders)])


def _model(node: onnx.NodeProto, function: onnx.FunctionProto, shape: list[str | int]) -> bytes:
    """The node's input and two outputs as those of a file; ``shape`` is the first one's."""
    first, second = node.output
    graph = helper.make_graph(
        [node],
        "hash",
        [helper.make_tensor_value_info("bytes", TensorProto.UINT8, ["N", "T"])],
        [
            helper.make_tensor_value_info(first, TensorProto.INT32, shape),
            helper.make_tensor_value_info(second, TensorProto.INT32, ["N"]),
        ],
    )
    model = helper.make_model(
        graph,
        functions=[function],
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid(DOMAIN, DOMAIN_VERSION)],
        ir_version=IR_VERSION,
    )
    onnx.checker.check_model(model)
    content: bytes = model.SerializeToString(deterministic=True)
    return content
