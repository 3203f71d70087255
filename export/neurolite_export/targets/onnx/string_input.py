"""String input: one node in front of the hash that turns strings into its bytes.

Standard ONNX has no operator from a string to its bytes, so this node cannot carry a definition as
the hash does: such a file needs the native op library, or onnxruntime-extensions, to be opened.
"""

from __future__ import annotations

from typing import Final

import onnx
from onnx import TensorProto, helper

from neurolite_export.targets.onnx.hash_function import DOMAIN, OP_NAME
from neurolite_export.targets.onnx.wide_hash_function import WIDE_HASH

STRING_OP: Final = "TextBytes"
_HASHES: Final = (OP_NAME, WIDE_HASH)
_BYTES: Final = "utf8"


def take_strings(model: onnx.ModelProto) -> None:
    """Makes a model of bytes uint8 [N, T] take strings [N] under the same name, in place."""
    graph = model.graph
    name = graph.input[0].name
    graph.input[0].CopyFrom(helper.make_tensor_value_info(name, TensorProto.STRING, ["N"]))
    hash_node = next(node for node in graph.node if node.op_type in _HASHES)
    hash_node.input[0] = _BYTES
    graph.node.insert(
        0, helper.make_node(STRING_OP, [name], [_BYTES], domain=DOMAIN, name=STRING_OP)
    )
    graph.value_info.append(helper.make_tensor_value_info(_BYTES, TensorProto.UINT8, ["N", "T"]))


def take_bytes(model: onnx.ModelProto) -> None:
    """Undoes ``take_strings``, in place; a model that takes bytes stays as it is."""
    graph = model.graph
    if graph.node[0].op_type != STRING_OP:
        return
    name = graph.input[0].name
    del graph.node[0]
    hash_node = next(node for node in graph.node if node.op_type in _HASHES)
    hash_node.input[0] = name
    graph.input[0].CopyFrom(helper.make_tensor_value_info(name, TensorProto.UINT8, ["N", "T"]))
