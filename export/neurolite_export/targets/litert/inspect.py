"""Reads back from a .tflite what is stored and computed in which type, and what XNNPACK takes of it."""

from __future__ import annotations

from collections import Counter

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from neurolite_core.network.row_packing import PACKED_BITS
from neurolite_export.contents import Contents, Delegation, Port
from neurolite_export.targets.litert.early_exit import flattened
from neurolite_export.targets.litert.model import (
    DTYPES,
    OP_NAMES,
    Model,
    Op,
    Subgraph,
    Tensor,
    code_of,
    constant_of,
    hash_of,
    network_of,
    numbers,
    write_model,
)
from neurolite_export.targets.litert.row_by_row import rounds_rows
from neurolite_export.targets.litert.stored import gathered_from, is_computed

_PRODUCTS = (Op.FULLY_CONNECTED, Op.BATCH_MATMUL)
_BACKEND = "XNNPACK"
_DELEGATE = "DELEGATE"


def inspect_model(model: Model) -> Contents:
    """Facts of a model that this target built."""
    model = flattened(model)
    largest = model.subgraphs[-1]
    operations = Counter(
        OP_NAMES[code_of(model, operator)]
        for subgraph in model.subgraphs
        for operator in subgraph.operators
    )
    return Contents(
        format_version=f"TFLite {model.version}, {len(model.signatureDefs)} signatures",
        inputs=_ports(largest, numbers(largest.inputs)),
        outputs=_ports(largest, numbers(largest.outputs)),
        weight_values=_weights(model, largest),
        products=_products(model, largest),
        hash_types=_hash_types(largest),
        operations=dict(sorted(operations.items())),
        delegation=_delegation(model),
    )


def _ports(subgraph: Subgraph, positions: list[int]) -> tuple[Port, ...]:
    tensors = [subgraph.tensors[position] for position in positions]
    return tuple(Port(_name(item), _dtype(item), tuple(numbers(item.shape))) for item in tensors)


def _name(tensor: Tensor) -> str:
    return bytes(tensor.name or b"").decode()


def _dtype(tensor: Tensor) -> str:
    return DTYPES[tensor.type].name


def _weights(model: Model, subgraph: Subgraph) -> dict[str, int]:
    """Trained numbers by type: float constants, and integers that stand for floats."""
    seen: set[int] = set()
    sizes: Counter[str] = Counter()
    halved = _halved(model, subgraph)
    for operator in network_of(subgraph):
        for position in numbers(operator.inputs):
            tensor = subgraph.tensors[position] if position >= 0 else None
            if tensor is None or tensor.buffer in seen:
                continue
            values = constant_of(model, tensor)
            scaled = tensor.quantization is not None and tensor.quantization.scale is not None
            if values is not None and (scaled or values.dtype.kind == "f"):
                seen.add(tensor.buffer)
                if tensor.buffer in halved:
                    sizes[f"int{PACKED_BITS}"] += values.nbytes * 8 // PACKED_BITS
                else:
                    sizes[values.dtype.name] += values.size
    return dict(sorted(sizes.items()))


def _halved(model: Model, subgraph: Subgraph) -> set[int]:
    """Buffers of tables of two numbers a byte: their rows are gathered, converted and rounded down."""
    part = network_of(subgraph)
    makers = {number: operator for operator in part for number in numbers(operator.outputs)}
    found = set()
    for operator in part:
        if code_of(model, operator) != Op.FLOOR:
            continue
        maker = makers.get(int(operator.inputs[0]))
        while maker is not None and code_of(model, maker) in (Op.RESHAPE, Op.DEQUANTIZE):
            maker = makers.get(int(maker.inputs[0]))
        if maker is not None and code_of(model, maker) == Op.GATHER:
            found.add(int(subgraph.tensors[maker.inputs[0]].buffer))
    return found


def _products(model: Model, subgraph: Subgraph) -> dict[str, int]:
    found: Counter[str] = Counter()
    part = network_of(subgraph)
    for operator in part:
        if code_of(model, operator) in _PRODUCTS:
            taken, weight = numbers(operator.inputs)[:2]
            if is_computed(model, part, subgraph, weight):
                continue
            table = gathered_from(model, part, weight)
            kinds = [
                _dtype(subgraph.tensors[i]) for i in (taken, weight if table is None else table)
            ]
            whole = kinds[0] == "int8" or rounds_rows(subgraph.tensors[weight])
            mixed = "int8" if whole else "int8 weights"
            found[mixed if kinds[1] == "int8" else "float32"] += 1
    return dict(sorted(found.items()))


def _hash_types(subgraph: Subgraph) -> tuple[str, ...]:
    """Types of everything that the hash computes."""
    part = hash_of(subgraph)
    results = [number for place in part for number in numbers(subgraph.operators[place].outputs)]
    return tuple(sorted({_dtype(subgraph.tensors[number]) for number in results}))


def _delegation(model: Model) -> Delegation:
    """Which operators of the largest bucket XNNPACK takes, as ai-edge-litert decides on this machine.

    The interpreter lists the file's operators and, behind them, one node per part that was delegated.
    """
    subgraphs, signatures = model.subgraphs, model.signatureDefs
    model.subgraphs, model.signatureDefs = subgraphs[-1:], []
    content = write_model(model)
    model.subgraphs, model.signatureDefs = subgraphs, signatures
    interpreter = Interpreter(model_content=content, num_threads=1)
    interpreter.allocate_tensors()
    nodes = interpreter._get_ops_details()
    parts = [node for node in nodes if node["op_name"] == _DELEGATE]
    own = [node for node in nodes if node["op_name"] != _DELEGATE]
    maker = {int(out): node for node in own for out in node["outputs"]}
    taken: set[int] = set()
    for part in parts:
        borders = {int(number) for number in part["inputs"]}
        waiting = [int(number) for number in part["outputs"]]
        while waiting:
            number = waiting.pop()
            node = maker.get(number)
            if number in borders or node is None or node["index"] in taken:
                continue
            taken.add(node["index"])
            waiting.extend(int(source) for source in np.asarray(node["inputs"]))
    left = Counter(node["op_name"] for node in own if node["index"] not in taken)
    return Delegation(_BACKEND, len(taken), len(own), dict(sorted(left.items())))
