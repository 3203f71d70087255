"""Reads back from an asset what is stored and computed in which type."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from neurolite_core.artifact.outputs import EXACT
from neurolite_core.network.row_packing import PACKED_BITS
from neurolite_export.contents import Contents, Port

_GRAPH: Final = "coreai.graph"
_CONSTANT: Final = "coreai.constant"
_OUTPUT: Final = "coreai.output"
_CAST: Final = "coreai.cast"
_GATHER: Final = "coreai.gather_nd"
_UNPACK: Final = "coreai.blockwise_shift_scale"
_PRODUCTS: Final = (
    "coreai.batch_matmul",
    "coreai.decomposable.broadcasting_batch_matmul",
    "coreai.conv2d",
)
_FLOOR: Final = "coreai.decomposable.broadcasting_floor_divide"
_TIMES: Final = "coreai.decomposable.broadcasting_mul"
_MOVES: Final = ("coreai.transpose", "coreai.reshape", "coreai.slice", _CAST, _TIMES)
_PREFIXES: Final = ("coreai.decomposable.", "coreai.")
_TENSOR: Final = re.compile(r"tensor<((?:\d+x)*)(\w+)>")
_TYPES: Final = {
    "f32": "float32",
    "f16": "float16",
    "si8": "int8",
    "ui8": "uint8",
    "si16": "int16",
    "si32": "int32",
    "ui32": "uint32",
    "si64": "int64",
    "i1": "bool",
}
_WEIGHT_TYPES: Final = ("float16", "float32", "int8", "uint8")


@dataclass(frozen=True, slots=True)
class _Function:
    """A graph of the program that apps call.

    Attributes:
        graph: it.
        operations: in their order.
        in_hash: those that indices, n-grams, word count and rules on the text are computed from.
    """

    graph: Any
    operations: tuple[Any, ...]
    in_hash: frozenset[Any]


def inspect_program(program: Any, dialect: str, largest: str) -> Contents:  # noqa: ANN401
    """Facts of a program that this target built.

    Args:
        program: as Apple's package reads it.
        dialect: what the file says that it needs.
        largest: name of the function of the largest bucket.
    """
    graphs = [each for each in program._module._mlir_module.body.operations if each.name == _GRAPH]
    functions = {
        _text(graph.attributes["sym_name"]): _function(graph)
        for graph in graphs
        if "priv" not in graph.attributes
    }
    one = functions[largest]
    products: Counter[str] = Counter()
    for operation in one.operations:
        if operation.name in _PRODUCTS and operation not in one.in_hash:
            kind = _weight_type(operation)
            products.update([] if kind is None else [kind])
    return Contents(
        format_version=dialect,
        inputs=tuple(_ports(one.graph.arg_attrs, one.graph.function_type.value.inputs)),
        outputs=tuple(_ports(one.graph.res_attrs, one.graph.function_type.value.results)),
        weight_values=_weights(list(functions.values())),
        products=dict(sorted(products.items())),
        hash_types=tuple(sorted(_hash_types(one))),
        operations=_counted(graphs),
    )


def _function(graph: Any) -> _Function:  # noqa: ANN401
    operations = tuple(graph.regions[0].blocks[0].operations)
    names = [_name(each) for each in graph.res_attrs]
    found: set[Any] = set()
    waiting = [
        value for name, value in zip(names, operations[-1].operands, strict=True) if name in EXACT
    ]
    while waiting:
        maker = _maker(waiting.pop())
        if maker is not None and maker not in found:
            found.add(maker)
            waiting.extend(maker.operands)
    return _Function(graph, operations, frozenset(found))


def _maker(value: Any) -> Any:  # noqa: ANN401
    """The operation that a value is a result of; None of an argument."""
    owner = value.owner
    return getattr(owner, "opview", owner) if hasattr(owner, "operands") else None


def _hash_types(function: _Function) -> set[str]:
    computed = [each for each in function.operations if each in function.in_hash]
    return {
        kind
        for operation in computed
        for value in operation.results
        if operation.name != _CONSTANT and (kind := _type(value)) is not None
    }


def _weight_type(product: Any) -> str | None:  # noqa: ANN401
    """Type of a product's arithmetic, or of its weight where that is stored in int8; None where it has none."""
    for operand in product.operands:
        maker, unpacked = _maker(operand), False
        while maker is not None and maker.name in (*_MOVES, _GATHER, _UNPACK):
            unpacked = unpacked or maker.name == _UNPACK
            maker = _maker(maker.operands[0])
        if maker is not None and maker.name == _CONSTANT:
            stored = _type(maker.results[0])
            if stored in ("int8", "uint8"):
                return f"{stored} weights"
            return _type(product.results[0])
    return None


def _weights(functions: list[_Function]) -> dict[str, int]:
    """Numbers of the networks by stored type, each stored once; integers are indices and shapes."""
    sizes: Counter[str] = Counter()
    seen: set[Any] = set()
    for function in functions:
        halved = _halved(function)
        for operation in function.operations:
            # Core AI's unpacking has zeros as well, for what is not symmetric.
            operands = list(operation.operands)[: 2 if operation.name == _UNPACK else None]
            for maker in map(_maker, operands):
                if maker is None or maker.name != _CONSTANT or maker in function.in_hash:
                    continue
                value, kind = maker.attributes["value"], _type(maker.results[0])
                shape = _shape(maker.results[0].type)
                if value in seen or not shape or kind not in _WEIGHT_TYPES:
                    continue
                seen.add(value)
                size = 1
                for length in shape:
                    size *= length
                if maker in halved:
                    sizes[f"int{PACKED_BITS}"] += size * 8 // PACKED_BITS
                else:
                    sizes[kind] += size
    return dict(sorted(sizes.items()))


def _halved(function: _Function) -> set[Any]:
    """Tables of two numbers a byte: their rows are gathered, converted and rounded down."""
    found = set()
    for operation in function.operations:
        if operation.name == _FLOOR and operation not in function.in_hash:
            maker = _maker(operation.operands[0])
            while maker is not None and maker.name in _MOVES:
                maker = _maker(maker.operands[0])
            if maker is not None and maker.name == _GATHER:
                found.add(_maker(maker.operands[0]))
    return found


def _counted(graphs: list[Any]) -> dict[str, int]:
    names: Counter[str] = Counter()
    for graph in graphs:
        for operation in graph.regions[0].blocks[0].operations:
            if operation.name not in (_CONSTANT, _OUTPUT):
                names[_short(operation.name)] += 1
    return dict(sorted(names.items()))


def _short(name: str) -> str:
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    return name


def _ports(attributes: Any, types: Any) -> Iterator[Port]:  # noqa: ANN401
    """What is declared; a token, which stands for a state that was written, is none."""
    for each, kind in zip(attributes, types, strict=True):
        found = _TENSOR.search(str(kind))
        if found is not None:
            yield Port(_name(each) or "", _TYPES.get(found[2], found[2]), _shape(kind))


def _shape(kind: Any) -> tuple[int, ...]:  # noqa: ANN401
    found = _TENSOR.search(str(kind))
    return () if found is None else tuple(int(each) for each in found[1].split("x")[:-1])


def _type(value: Any) -> str | None:  # noqa: ANN401
    found = _TENSOR.search(str(value.type))
    return None if found is None else _TYPES.get(found[2], found[2])


def _name(attributes: Mapping[str, Any]) -> str | None:
    return _text(attributes["coreai.name"]) if "coreai.name" in attributes else None


def _text(attribute: Any) -> str:  # noqa: ANN401
    text: str = attribute.value
    return text
