"""String input: one node in front of the hash that turns strings into its bytes.

Standard ONNX has no operator from a string to its bytes, so this node cannot carry a definition as
the hash does: such a file needs the native op library, or onnxruntime-extensions, to be opened.
"""

from __future__ import annotations

from typing import Final

import onnx
from onnx import TensorProto, helper

from neurolite_export.targets.onnx.hash_function import DOMAIN

STRING_OP: Final = "TextBytes"
_BYTES: Final = "utf8"


def take_strings(model: onnx.ModelProto) -> None:
    """Makes a model of bytes uint8 [N, T] take strings [N] under the same name, in place."""
    graph = model.graph
    name = graph.input[0].name
    graph.input[0].CopyFrom(helper.make_tensor_value_info(name, TensorProto.STRING, ["N"]))
    _read(graph, name, _BYTES)
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
    _read(graph, _BYTES, name)
    graph.input[0].CopyFrom(helper.make_tensor_value_info(name, TensorProto.UINT8, ["N", "T"]))


def _read(graph: onnx.GraphProto, old: str, new: str) -> None:
    """Makes all that read one value read another."""
    for node in graph.node:
        node.input[:] = [new if name == old else name for name in node.input]
