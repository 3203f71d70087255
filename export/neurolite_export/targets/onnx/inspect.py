"""Reads back from an ONNX model what is stored and computed in which type."""

from __future__ import annotations

from collections import Counter
from math import prod
from typing import Final

import onnx
from onnx import TensorProto, helper

from neurolite_core.artifact.formats.onnx_file import HASH_OPS
from neurolite_core.network.row_packing import PACKED_BITS
from neurolite_export.contents import Contents, Port
from neurolite_export.targets.onnx.early_exit import flattened
from neurolite_export.targets.onnx.hash_function import DOMAIN
from neurolite_export.targets.onnx.packed_row_sum import PACKED_FACTORS, PACKED_ROWS
from neurolite_export.targets.onnx.quantize import RULES_TABLES, exact_values, rounded_products

_TYPES: Final[dict[int, str]] = {
    TensorProto.FLOAT: "float32",
    TensorProto.FLOAT16: "float16",
    TensorProto.INT8: "int8",
    TensorProto.UINT8: "uint8",
    TensorProto.UINT16: "uint16",
    TensorProto.INT16: "int16",
    TensorProto.INT32: "int32",
    TensorProto.INT64: "int64",
    TensorProto.BOOL: "bool",
    TensorProto.STRING: "string",
}


def inspect_model(model: onnx.ModelProto) -> Contents:
    """Facts of a model that this target built."""
    graph = flattened(model.graph)
    producers = {name: node for node in graph.node for name in node.output}
    types = {tensor.name: _type_name(tensor.data_type) for tensor in graph.initializer}
    products: Counter[str] = Counter()
    for node in rounded_products(graph):
        operands = [_stored_type(name, producers, types) for name in node.input[:2]]
        both = operands == ["uint8", "int8"]
        products["int8" if both else "float32"] += 1
    opset = next(item.version for item in model.opset_import if item.domain in ("", "ai.onnx"))
    return Contents(
        weight_values=_weights(graph, types),
        products=dict(sorted(products.items())),
        hash_types=tuple(sorted(_types_of_functions(model) | _types_of_nodes(graph))),
        format_version=f"IR {model.ir_version}, opset {opset}",
        inputs=tuple(_port(value) for value in graph.input),
        outputs=tuple(_port(value) for value in graph.output),
        operations=_operations(model, graph),
    )


def _weights(graph: onnx.GraphProto, types: dict[str, str]) -> dict[str, int]:
    """Stored numbers by type; what is int64, int16, uint8 or uint16 is none: shapes, zero points, row numbers."""
    exact = exact_values(graph)
    sizes: Counter[str] = Counter()
    for tensor in graph.initializer:
        kind, count = types[tensor.name], prod(tensor.dims)
        if tensor.name.startswith(RULES_TABLES):
            continue  # of 0, 1 and numbers of words: nothing that was trained
        if tensor.name in exact:
            continue  # of the hash
        if tensor.name == PACKED_ROWS:
            sizes[f"int{PACKED_BITS}"] += count * 8 // PACKED_BITS
        elif tensor.name == PACKED_FACTORS or kind not in ("int64", "int16", "uint8", "uint16"):
            sizes[kind] += count
    return dict(sorted(sizes.items()))


def _port(value: onnx.ValueInfoProto) -> Port:
    tensor = value.type.tensor_type
    shape = tuple(item.dim_param or item.dim_value for item in tensor.shape.dim)
    return Port(value.name, _type_name(tensor.elem_type), shape)


def _operations(model: onnx.ModelProto, graph: onnx.GraphProto) -> dict[str, int]:
    """Those of the network, and of the hash function's body."""
    nodes = [*graph.node, *(node for item in model.functions for node in item.node)]
    return dict(sorted(Counter(node.op_type for node in nodes).items()))


def _stored_type(name: str, producers: dict[str, onnx.NodeProto], types: dict[str, str]) -> str:
    """The type in which a product's operand arrives, behind its DequantizeLinear if it has one."""
    node = producers.get(name)
    if node is None:
        return types.get(name, "float32")
    if node.op_type != "DequantizeLinear":
        return "float32"
    return types[node.input[2]]  # the zero point has the quantized type


def _types_of_functions(model: onnx.ModelProto) -> set[str]:
    """Types that the hash function casts to or holds as constants."""
    found: set[str] = set()
    for function in model.functions:
        if function.domain != DOMAIN or function.name not in HASH_OPS.values():
            continue
        for node in function.node:
            for attribute in node.attribute:
                if node.op_type == "Cast" and attribute.name == "to":
                    found.add(_type_name(attribute.i))
                elif node.op_type == "Constant":
                    value = helper.get_attribute_value(attribute)
                    found.add(_type_name(value.data_type))
    return found


def _types_of_nodes(graph: onnx.GraphProto) -> set[str]:
    """The same of a hash whose operators are the graph's own."""
    exact = exact_values(graph)
    found = {_type_name(t.data_type) for t in graph.initializer if t.name in exact}
    casts = (node for node in graph.node if node.op_type == "Cast" and node.output[0] in exact)
    return found | {_type_name(node.attribute[0].i) for node in casts}


def _type_name(data_type: int) -> str:
    return _TYPES.get(data_type) or str(helper.tensor_dtype_to_string(data_type))
