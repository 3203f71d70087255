"""Layers that may answer early, by ``If``: what only later layers need moves into its branch, and is not computed.

The captured graph computes all layers and chooses by numbers that are 0 or 1 (``neurolite_core.network.exits``). Where
all texts of a batch are answered by an exit, what lies behind it would be multiplied by 0: that becomes the branch of
an ``If``, whose other branch is the exit's own answer. What is left of a batch is computed for all of its texts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import onnx
from onnx import TensorProto, helper

from neurolite_core.network.exits import CHOSEN, GATE, OWN
from neurolite_export.targets.onnx.quantize import remove_unused

_PRODUCTS: Final = ("Gemm", "MatMul")
_HALF: Final = 0.5  # between 0 and 1


def put_conditions(graph: onnx.GraphProto, layers: int) -> None:
    """Puts conditions into a finished graph, in place, from the last exit to the first, which then holds them all.

    Args:
        graph: with tensors by the names of ``Early.parts``.
        layers: D of the network.
    """
    _dequantize_apart(graph)
    for number in range(layers - 1, 0, -1):
        _put_condition(graph, number)


def _dequantize_apart(graph: onnx.GraphProto) -> None:
    """Gives every product its own node for dequantized numbers: engines fuse none with a product of another graph."""
    makers = {node.output[0]: node for node in graph.node if node.op_type == "DequantizeLinear"}
    nodes: list[onnx.NodeProto] = []
    for node in graph.node:
        for place, name in enumerate(node.input):
            if name not in makers or node.op_type not in _PRODUCTS:
                continue
            own = _copied(makers[name])
            own.output[0] = f"{name}:for:{node.output[0]}"
            nodes.append(own)
            node.input[place] = own.output[0]
        nodes.append(_copied(node))
    del graph.node[:]
    graph.node.extend(nodes)
    remove_unused(graph)


def flattened(graph: onnx.GraphProto) -> onnx.GraphProto:
    """A graph without conditions, in which everything is computed: for looking through what is in a file."""
    found = onnx.GraphProto()
    found.CopyFrom(graph)
    del found.node[:]
    for node in graph.node:
        for branch in _branches(node):
            inner = flattened(branch)
            found.node.extend(inner.node)
            found.initializer.extend(inner.initializer)
        found.node.append(node)
    return found


def _put_condition(graph: onnx.GraphProto, number: int) -> None:
    own, gate, chosen = f"{OWN}{number}", f"{GATE}{number}", f"{CHOSEN}{number}"
    later = _only_for(graph, chosen, {own, gate})
    inside = {id(node) for node in later}
    maker = next(node for node in later if chosen in node.output)
    maker.output[0] = f"{chosen}:later"
    branch = helper.make_graph(
        [_copied(node) for node in later],
        f"behind_exit_{number}",
        [],
        [_numbers(f"{chosen}:later")],
        initializer=_taken(graph, inside),
    )
    answer = helper.make_graph(
        [helper.make_node("Identity", [own], [f"{chosen}:own"])],
        f"at_exit_{number}",
        [],
        [_numbers(f"{chosen}:own")],
    )
    least, half, condition = f"{gate}:least", f"{gate}:half", f"{gate}:all"
    graph.initializer.append(helper.make_tensor(half, TensorProto.FLOAT, [], [_HALF]))
    made = [
        helper.make_node("ReduceMin", [gate], [least], keepdims=0),
        helper.make_node("Greater", [least, half], [condition]),
        helper.make_node(
            "If", [condition], [chosen], chosen, then_branch=answer, else_branch=branch
        ),
    ]
    # Where the choice was: all that it needs is before it, and all that needs it behind.
    nodes: list[onnx.NodeProto] = []
    for node in graph.node:
        if id(node) not in inside:
            nodes.append(_copied(node))
        elif node is maker:
            nodes += made
    del graph.node[:]
    graph.node.extend(nodes)


def _only_for(graph: onnx.GraphProto, chosen: str, asked: set[str]) -> list[onnx.NodeProto]:
    """The nodes that nothing but a tensor needs, in their order; ``asked`` are needed whatever it is."""
    needed = {value.name for value in graph.output} | asked
    found = {chosen}
    later: list[onnx.NodeProto] = []
    for node in reversed(graph.node):
        outputs = set(node.output)
        if needed & (outputs - {chosen}):
            needed.update(_read_by(node))
        elif found & outputs:
            found.update(_read_by(node))
            later.append(node)
    return later[::-1]


def _read_by(node: onnx.NodeProto) -> Iterator[str]:
    """Names of what a node reads, by its branches too."""
    yield from node.input
    for branch in _branches(node):
        for inner in branch.node:
            yield from _read_by(inner)


def _branches(node: onnx.NodeProto) -> list[onnx.GraphProto]:
    return [item.g for item in node.attribute if item.type == onnx.AttributeProto.GRAPH]


def _taken(graph: onnx.GraphProto, inside: set[int]) -> list[onnx.TensorProto]:
    """The stored tensors that only nodes inside read, out of the graph: engines prepare them where they are used."""
    read: set[str] = set()
    others: set[str] = set()
    for node in graph.node:
        (read if id(node) in inside else others).update(_read_by(node))
    mine = [tensor for tensor in graph.initializer if tensor.name in read - others]
    kept = [tensor for tensor in graph.initializer if tensor.name not in read - others]
    copies = [onnx.TensorProto.FromString(tensor.SerializeToString()) for tensor in mine]
    left = [onnx.TensorProto.FromString(tensor.SerializeToString()) for tensor in kept]
    del graph.initializer[:]
    graph.initializer.extend(left)
    return copies


def _copied(node: onnx.NodeProto) -> onnx.NodeProto:
    found = onnx.NodeProto()
    found.CopyFrom(node)
    return found


def _numbers(name: str) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", None])
