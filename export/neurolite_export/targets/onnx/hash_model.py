"""The hash alone as an ONNX model, for comparing and timing it apart from a network."""

from __future__ import annotations

import onnx
from onnx import TensorProto, helper

from neurolite_core.network.config import NeuroLiteConfig
from neurolite_export.targets.onnx.hash_function import (
    DOMAIN,
    DOMAIN_VERSION,
    hash_function,
    hash_node,
)
from neurolite_export.targets.onnx.target import IR_VERSION, OPSET


def hash_model(config: NeuroLiteConfig) -> bytes:
    """A file with input ``bytes`` uint8 [N, T] and the hash op's outputs, ``indices`` and ``words``.

    Args:
        config: K, M and the limit of words are read.
    """
    shape: list[str | int] = ["N", "L", config.num_hashes]
    graph = helper.make_graph(
        [hash_node(config, input_name="bytes", indices="indices", words="words")],
        "hash",
        [helper.make_tensor_value_info("bytes", TensorProto.UINT8, ["N", "T"])],
        [
            helper.make_tensor_value_info("indices", TensorProto.INT32, shape),
            helper.make_tensor_value_info("words", TensorProto.INT32, ["N"]),
        ],
    )
    model = helper.make_model(
        graph,
        functions=[hash_function(config, OPSET)],
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid(DOMAIN, DOMAIN_VERSION)],
        ir_version=IR_VERSION,
    )
    onnx.checker.check_model(model)
    content: bytes = model.SerializeToString(deterministic=True)
    return content
