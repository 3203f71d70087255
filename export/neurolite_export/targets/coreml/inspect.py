"""Reads back from a package what is stored and computed in which type."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np

from neurolite_core.artifact.outputs import EXACT
from neurolite_core.network.row_packing import PACKED_BITS
from neurolite_export.contents import Contents, Port
from neurolite_runtimes.coreml_reference.model import (
    CoreMLModel,
    InterfacePort,
    Name,
    Operation,
)

_CONSTANT: Final = "const"
_UNPACKING: Final = "constexpr_affine_dequantize"
_SPARSE: Final = "constexpr_sparse_to_dense"
_MOVES: Final = ("reshape", "transpose", "slice_by_index", "cast", "dequantize")
_OPERAND: Final = {"linear": "weight", "matmul": "y"}
_WEIGHT_TYPES: Final = ("float16", "float32", "int8", "uint8")


def inspect_model(model: CoreMLModel) -> Contents:
    """Facts of a model that this target built."""
    producers = {name: item for item in model.operations for name, _ in item.outputs}
    in_hash = _hash_operations(producers)
    products: Counter[str] = Counter()
    for item in model.operations:
        if item.type in _OPERAND and id(item) not in in_hash and _has_weight(item, producers):
            products[_product_type(item, producers)] += 1
    hash_types = {
        kind.dtype.name
        for item in model.operations
        if id(item) in in_hash
        for _, kind in item.outputs
        if kind.dtype is not None
    }
    operations = Counter(item.type for item in model.operations if item.type != _CONSTANT)
    return Contents(
        format_version=f"Core ML specification {model.version}, opset {model.opset}",
        inputs=tuple(_port(port) for port in model.inputs),
        outputs=tuple(_port(port) for port in model.outputs),
        weight_values=_weights(model, in_hash),
        products=dict(sorted(products.items())),
        hash_types=tuple(sorted(hash_types)),
        operations=dict(sorted(operations.items())),
    )


def _port(port: InterfacePort) -> Port:
    return Port(port.name, port.dtype, max(port.shapes))


def _needs(item: Operation) -> Iterator[str]:
    for value in item.inputs.values():
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, Name):
                yield part.name


def _hash_operations(producers: Mapping[str, Operation]) -> set[int]:
    """Ids of the operations that indices, n-grams, word count and rules on the text are computed from."""
    found: set[int] = set()
    waiting = [*EXACT]
    while waiting:
        item = producers.get(waiting.pop())
        if item is not None and id(item) not in found:
            found.add(id(item))
            waiting += _needs(item)
    return found


def _product_type(item: Operation, producers: Mapping[str, Operation]) -> str:
    """Type of a product's arithmetic, or of its weight where that is stored in int8."""
    operand = item.inputs[_OPERAND[item.type]]
    source = producers.get(operand.name) if isinstance(operand, Name) else None
    if source is not None and source.type == "slice_by_index":
        inner = source.inputs["x"]
        source = producers.get(inner.name) if isinstance(inner, Name) else None
    if source is not None and source.type == _UNPACKING:
        data = source.inputs["quantized_data"]
        return f"{data.dtype} weights" if isinstance(data, np.ndarray) else "unknown"
    if source is not None and (table := _chosen_from(source, producers)) is not None:
        return f"{table} weights"
    (_, kind), *_ = item.outputs
    return "unknown" if kind.dtype is None else str(kind.dtype.name)


def _has_weight(item: Operation, producers: Mapping[str, Operation]) -> bool:
    """Whether a product's operand is stored, or rows of what is: of two computed tensors int8 has none to round."""
    operand = item.inputs[_OPERAND[item.type]]
    while isinstance(operand, Name) and (source := producers.get(operand.name)) is not None:
        if source.type in (_CONSTANT, _UNPACKING, _SPARSE, "gather"):
            return True
        if source.type not in _MOVES:
            return False
        operand = source.inputs["input" if source.type == "dequantize" else "x"]
    return not isinstance(operand, Name)


def _chosen_from(source: Operation, producers: Mapping[str, Operation]) -> str | None:
    """Type of a table of integers, of which an operation shapes converted rows; None of any other."""
    if source.type != "reshape":
        return None
    rows = _made(source.inputs["x"], "dequantize", producers)
    gather = None if rows is None else _made(rows.inputs["input"], "gather", producers)
    if gather is None:
        return None
    table = gather.inputs["x"]
    if isinstance(table, np.ndarray):
        return str(table.dtype.name)
    stored = _made(table, _CONSTANT, producers)
    (_, kind), *_ = stored.outputs if stored is not None else ((None, None),)
    return None if kind is None or kind.dtype is None else str(kind.dtype.name)


def _weights(model: CoreMLModel, in_hash: set[int]) -> dict[str, int]:
    """Numbers of the network by stored type; integers are indices and shapes, one number is none."""
    sizes: Counter[str] = Counter()
    network = [item for item in model.operations if id(item) not in in_hash]
    halved = _halved(network)
    for item in network:
        stored = {
            _CONSTANT: ("val",),
            _UNPACKING: ("quantized_data", "scale"),
            _SPARSE: ("nonzero_data",),
        }.get(item.type, ())
        for parameter in stored:
            value = item.inputs[parameter]
            if not isinstance(value, np.ndarray) or not value.ndim:
                continue
            if item.outputs[0][0] in halved:
                sizes[f"int{PACKED_BITS}"] += value.nbytes * 8 // PACKED_BITS
            elif value.dtype.name in _WEIGHT_TYPES:
                sizes[value.dtype.name] += value.size
    return dict(sorted(sizes.items()))


def _halved(network: list[Operation]) -> set[str]:
    """Tables of two numbers a byte: their rows are gathered, converted and rounded down."""
    producers = {name: item for item in network for name, _ in item.outputs}
    found = set()
    for item in network:
        if item.type != "floor":
            continue
        rows = _made(item.inputs["x"], "dequantize", producers)
        gather = None if rows is None else _made(rows.inputs["input"], "gather", producers)
        if gather is not None and isinstance(table := gather.inputs["x"], Name):
            found.add(table.name)
    return found


def _made(value: object, kind: str, producers: Mapping[str, Operation]) -> Operation | None:
    """The operation that makes a value, where it is of this kind."""
    maker = producers.get(value.name) if isinstance(value, Name) else None
    return maker if maker is not None and maker.type == kind else None
