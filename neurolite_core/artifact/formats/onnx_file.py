"""A .onnx that may come from anywhere, looked through before any runtime sees it.

onnxruntime follows what a file says: it reads other files for tensors (before 1.24.1 any file of the machine),
inlines functions however many nodes that gives, recurses where a function calls itself, and makes tensors of any size.
What NeuroLite writes has none of this, so whatever has it is refused; of graphs inside operators it has the branches of
`If` alone, in few levels. One walk over the file's structure, linear in its
size, over tensors' values by one step. Field numbers are those of onnx.proto of ONNX 1.23.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from neurolite_core.artifact.formats.protobuf import (
    LENGTH,
    VARINT,
    Bytes,
    fields,
    place_of,
    signed,
    varints,
)
from neurolite_core.artifact.metadata import METADATA_KEY
from neurolite_core.artifact.seal import SEAL_KEY, Seal, is_whole, sealed
from neurolite_core.ground.errors import ArtifactError

# The op that reads a file's bytes: by whether it gives numbers of n-grams as well, and whether offsets of words.
HASH_OPS: Final[Mapping[tuple[bool, bool], str]] = MappingProxyType(
    {
        (False, False): "BloomHash",
        (True, False): "WideHash",
        (False, True): "SpanHash",
        (True, True): "WideSpanHash",
    }
)

MOST_NODES: Final = 100_000  # with every call of a function counted as what it stands for
MOST_FUNCTIONS: Final = 256
MOST_BRANCHES: Final = 64  # one inside the other
MOST_ELEMENTS: Final = 2**26  # of a tensor whose shape is written in the file

_MODEL_GRAPH, _MODEL_PROPERTIES, _MODEL_TRAINING, _MODEL_FUNCTIONS = 7, 14, 20, 25
_GRAPH_NODE, _GRAPH_INITIALIZER, _GRAPH_SPARSE = 1, 5, 15
_FUNCTION_NAME, _FUNCTION_NODE, _FUNCTION_DOMAIN, _FUNCTION_OVERLOAD = 1, 7, 10, 13
_NODE_INPUT, _NODE_OUTPUT, _NODE_TYPE, _NODE_ATTRIBUTE = 1, 2, 4, 5
_NODE_DOMAIN, _NODE_OVERLOAD = 7, 8
_ATTRIBUTE_TENSOR, _ATTRIBUTE_TENSORS = 5, 10
_ATTRIBUTE_GRAPH: Final = 6
_ATTRIBUTE_REFUSED: Final = {
    11: "graphs",
    22: "a sparse tensor",
    23: "sparse tensors",
}
_TENSOR_DIMS, _TENSOR_NAME, _TENSOR_EXTERNAL, _TENSOR_LOCATION = 1, 8, 13, 14
_TENSOR_VALUES: Final = (4, 5, 6, 7, 9, 10, 11)  # float, int32, string, int64, raw, double, uint64
_TENSOR_INT64, _TENSOR_RAW = 7, 9
_MOST_DIMS: Final = 64
_PER_BYTE: Final = 4  # no type takes less than 2 bits a value
_SHAPE_BYTES: Final = 512

_IF: Final = (b"", b"If", b"")
# Which input of these operators is a shape, or what a size comes of.
_SHAPES: Final = {b"ConstantOfShape": 0, b"Expand": 1, b"Range": 1, b"Tile": 1, b"OneHot": 1}

_Name = tuple[
    bytes, bytes, bytes
]  # domain, type or name, overload; as they are stored, and shown by `_shown`


@dataclass(slots=True)
class _Body:
    """Of a graph or a function: how often it calls what, and its constants that may be shapes."""

    nodes: int = 0
    calls: dict[_Name, int] = field(default_factory=dict)
    shapes: dict[bytes, list[int]] = field(default_factory=dict)
    wanted: list[tuple[bytes, bytes]] = field(default_factory=list)  # operator, name of its shape
    depth: int = 0  # branches of conditions around it

    def take(self, branch: _Body) -> None:
        """Counts a branch as if all of it were here.

        Raises:
            ArtifactError: there are too many nodes, or two constants of one name.
        """
        self.nodes += branch.nodes
        if self.nodes > MOST_NODES:
            raise _too_many()
        for name, count in branch.calls.items():
            self.calls[name] = self.calls.get(name, 0) + count
        twice = self.shapes.keys() & branch.shapes.keys()
        if twice:
            raise ArtifactError(f"it has two tensors {_shown(min(twice))}")
        self.shapes |= branch.shapes
        self.wanted += branch.wanted


def seal(content: bytes) -> bytes:
    """Fills in the digest of a file that has room for it under ``SEAL_KEY`` in its properties."""
    place = place_of(content, (_MODEL_PROPERTIES,), SEAL_KEY)
    if place is None:
        raise ValueError(f"The model has no property {SEAL_KEY!r}.")
    return sealed(content, place)


def seal_of(content: Bytes) -> Seal:
    """What the digest among the file's properties says of it."""
    try:
        if place_of(content, (_MODEL_PROPERTIES,), METADATA_KEY) is None:
            return Seal.MISSING
        place = place_of(content, (_MODEL_PROPERTIES,), SEAL_KEY)
    except ArtifactError:
        return Seal.BROKEN
    return Seal.WHOLE if is_whole(content, place) else Seal.BROKEN


def metadata_of(content: Bytes) -> bytes:
    """The bytes of the JSON of ``ArtifactMetadata``, not looked at; empty where there is none.

    Raises:
        ArtifactError: damaged or cut off.
    """
    place = place_of(content, (_MODEL_PROPERTIES,), METADATA_KEY)
    return b"" if place is None else content[place.start : place.stop]


def check_friendly(content: Bytes) -> frozenset[str]:
    """Refuses what could read other files, run without end, or take the machine's memory.

    Returns:
        The operators that its graph calls, by their names without a domain.

    Raises:
        ArtifactError: says what it has, as a sentence's end.
    """
    functions: dict[_Name, _Body] = {}
    graph = _Body()
    for number, wire, start, end in fields(content, 0, len(content)):
        if wire != LENGTH:
            continue
        if number == _MODEL_GRAPH:
            _read_graph(content, start, end, graph)
        elif number == _MODEL_FUNCTIONS:
            name, body = _read_function(content, start, end)
            if name in functions:
                raise ArtifactError(f"it has two functions {_shown(name[1])}")
            functions[name] = body
            if len(functions) > MOST_FUNCTIONS:
                raise ArtifactError(f"it has more than {MOST_FUNCTIONS} functions")
        elif number == _MODEL_TRAINING:
            raise ArtifactError("it has a graph for training, which could write its weights anew")
    _check_calls(graph, functions)
    for body in (graph, *functions.values()):
        _check_shapes(body)
    return frozenset(kind.decode(errors="backslashreplace") for _, kind, _ in graph.calls)


def _read_graph(content: Bytes, start: int, end: int, body: _Body) -> None:
    for number, wire, first, last in fields(content, start, end):
        if wire != LENGTH:
            continue
        if number == _GRAPH_NODE:
            _read_node(content[first:last], body)
        elif number == _GRAPH_INITIALIZER:
            name, shape = _read_tensor(content, first, last)
            body.shapes[name] = shape
        elif number == _GRAPH_SPARSE:
            raise ArtifactError("it has a sparse tensor, whose size its bytes do not bound")


def _read_function(content: Bytes, start: int, end: int) -> tuple[_Name, _Body]:
    body = _Body(depth=MOST_BRANCHES)  # none of ours has conditions
    name = {_FUNCTION_DOMAIN: b"", _FUNCTION_NAME: b"", _FUNCTION_OVERLOAD: b""}
    for number, wire, first, last in fields(content, start, end):
        if wire == LENGTH and number == _FUNCTION_NODE:
            _read_node(content[first:last], body)
        elif wire == LENGTH and number in name:
            name[number] = content[first:last]
    return (name[_FUNCTION_DOMAIN], name[_FUNCTION_NAME], name[_FUNCTION_OVERLOAD]), body


def _read_node(node: bytes, body: _Body) -> None:
    """Of bytes of its own, for single ones are read twice as fast of these as of a mapped file."""
    name = {_NODE_DOMAIN: b"", _NODE_TYPE: b"", _NODE_OVERLOAD: b""}
    inputs, output, shape = [], range(0), None
    branches: list[range] = []
    for number, wire, first, last in fields(node, 0, len(node)):
        if wire != LENGTH:
            continue
        if number == _NODE_INPUT:
            inputs.append((first, last))
        elif number == _NODE_OUTPUT:
            output = range(first, last)
        elif number == _NODE_ATTRIBUTE:
            shape = _read_attribute(node, first, last, branches) or shape
        elif number in name:
            name[number] = node[first:last]
    kind = name[_NODE_TYPE]
    called = (name[_NODE_DOMAIN], kind, name[_NODE_OVERLOAD])
    body.calls[called] = body.calls.get(called, 0) + 1
    body.nodes += 1
    if body.nodes > MOST_NODES:
        raise _too_many()
    _read_branches(node, called, branches, body)
    if shape is not None:
        body.shapes[node[output.start : output.stop]] = shape
    if kind in _SHAPES and _SHAPES[kind] < len(inputs):
        body.wanted.append((kind, node[slice(*inputs[_SHAPES[kind]])]))


def _read_branches(node: bytes, called: _Name, branches: list[range], body: _Body) -> None:
    """The graphs inside a node, which only conditions have."""
    for branch in branches:
        if called != _IF or body.depth == MOST_BRANCHES:
            raise ArtifactError("it has an operator with a graph inside, which none of ours has")
        inner = _Body(depth=body.depth + 1)
        _read_graph(node, branch.start, branch.stop, inner)
        body.take(inner)


def _read_attribute(
    content: Bytes, start: int, end: int, branches: list[range]
) -> list[int] | None:
    """The values of its tensor where these may be a shape; adds the graphs that it holds to ``branches``."""
    shape = None
    for number, wire, first, last in fields(content, start, end):
        if wire != LENGTH:
            continue
        if number in (_ATTRIBUTE_TENSOR, _ATTRIBUTE_TENSORS):
            shape = _read_tensor(content, first, last)[1]
        elif number == _ATTRIBUTE_GRAPH:
            branches.append(range(first, last))
        elif number in _ATTRIBUTE_REFUSED:
            raise ArtifactError(
                f"it has an operator with {_ATTRIBUTE_REFUSED[number]} inside, which none of ours has"
            )
    return shape


def _read_tensor(content: Bytes, start: int, end: int) -> tuple[bytes, list[int]]:
    """Its name, and its values where these may be a shape.

    Raises:
        ArtifactError: its values are in another file, or it says that it is larger than they are.
    """
    name, stored = b"", 0
    dims: list[int] = []
    values: list[int] = []
    for number, wire, first, last in fields(content, start, end):
        if number == _TENSOR_DIMS:
            dims += [first] if wire == VARINT else varints(content, first, last)
            if len(dims) > _MOST_DIMS:
                raise ArtifactError("it has a tensor of an impossible shape")
        elif number == _TENSOR_NAME:
            name = content[first:last]
        elif number in _TENSOR_VALUES:
            stored += last - first if wire == LENGTH else 1
            values = _shape_of(content, number, range(first, last))
        elif number == _TENSOR_EXTERNAL or (number == _TENSOR_LOCATION and first):
            raise ArtifactError("it has a tensor whose values are in another file")
    elements = 1
    for size in dims:
        elements *= signed(size)
        if not 0 <= elements < 2**63:
            raise ArtifactError("it has a tensor of an impossible shape")
    if elements > _PER_BYTE * stored:
        raise ArtifactError(
            f"it has a tensor of {elements:,} values in {stored:,} bytes, which cannot be"
        )
    return name, values


def _shape_of(content: Bytes, number: int, place: range) -> list[int]:
    """Values of a tensor of few int64, none of others."""
    if len(place) > _SHAPE_BYTES:
        return []
    if number == _TENSOR_INT64:
        return [signed(value) for value in varints(content, place.start, place.stop)]
    if number != _TENSOR_RAW or len(place) % 8:
        return []
    return list(struct.unpack(f"<{len(place) // 8}q", content[place.start : place.stop]))


def _check_calls(graph: _Body, functions: dict[_Name, _Body]) -> None:
    """Refuses functions that call themselves, and those that stand for too many nodes."""
    sizes: dict[_Name, int] = {}
    left = dict(functions)
    while left:
        ready = [
            name for name, body in left.items() if not any(call in left for call in body.calls)
        ]
        if not ready:
            raise ArtifactError(f"its function {_shown(min(left)[1])} calls itself")
        for name in ready:
            sizes[name] = _size(left.pop(name), sizes)
    _size(graph, sizes)


def _size(body: _Body, sizes: dict[_Name, int]) -> int:
    size = sum(count * sizes.get(call, 1) for call, count in body.calls.items())
    if size > MOST_NODES:
        raise _too_many()
    return size


def _shown(name: bytes) -> str:
    return repr(name.decode(errors="backslashreplace"))


def _too_many() -> ArtifactError:
    return ArtifactError(f"it stands for more than {MOST_NODES:,} operators")


def _check_shapes(body: _Body) -> None:
    for kind, name in body.wanted:
        elements = 1
        for size in body.shapes.get(name, ()):
            elements *= max(1, abs(size))
        if elements > MOST_ELEMENTS:
            raise ArtifactError(f"its {kind.decode()} makes a tensor of {elements:,} values")
