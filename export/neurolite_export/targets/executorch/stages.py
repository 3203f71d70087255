"""Layers that may answer early, as a method for each: XNNPACK takes no products inside of conditions.

The captured graph computes all layers (``neurolite_core.network.exits``). It is cut: the first method has what the
first layer needs, the next what the second needs besides, and so on. What a method has computed and a later one reads
goes out and comes in again; constants are in each. Each ends with the answer of its own layer, and says whether that
layer is sure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, fx
from torch.export import ExportedProgram

from neurolite_core.network.exits import CHOSEN, GATE, OWN


@dataclass(frozen=True, slots=True)
class _Parts:
    """Of a captured graph, in running order: what it takes, all nodes, what it gives by name, and its constants."""

    nodes: tuple[fx.Node, ...]
    given: dict[str, fx.Node]
    constant: frozenset[fx.Node]


def stages(program: ExportedProgram, names: tuple[str, ...], layers: int) -> list[ExportedProgram]:
    """A program for each layer.

    Args:
        program: captured, of one input.
        names: of its outputs, ``exits.part_names`` last.
        layers: D of the network.

    Returns:
        D programs. The first takes the input and gives the outputs before the parts, the next take what the last one
        gave behind its gate and give those outputs that are of the answer, ``_answers``; behind these all but the last
        give the gate float32 (1, 1), 1 where nothing more is to be asked, and what the next one takes.
    """
    module = program.module()
    assert isinstance(module, fx.GraphModule)  # noqa: S101  # as torch.export has it
    parts = _parts(module, names)
    chosen = parts.given[f"{CHOSEN}1"]
    tail = _behind(parts, chosen)
    outs = [parts.given[name] for name in names if not name.startswith("exit_")]
    beside = {each for node in tail for each in node.all_input_nodes} - tail - {chosen}
    wanted = [{parts.given[f"{OWN}{number}"]} for number in range(1, layers + 1)]
    for number, mine in enumerate(wanted[:-1], start=1):
        mine.add(parts.given[f"{GATE}{number}"])
    wanted[0] |= {each for each in outs if each not in tail} | beside
    known: set[fx.Node] = set()
    own = []
    for mine in wanted:
        needed = _needed(mine) - parts.constant - known
        own.append(needed)
        known |= needed
    found, taken, known = [], [each for each in parts.nodes if each.op == "placeholder"], set()
    for number, mine in enumerate(own, start=1):
        known |= mine
        later = set().union(*own[number:])
        read = {each for node in later for each in node.all_input_nodes} | (
            beside if later else set()
        )
        left = [node for node in parts.nodes if node in known and node in read]
        gate = [parts.given[f"{GATE}{number}"]] if number < layers else []
        answers = outs if number == 1 else [each for each in outs if each in tail]
        graph = _cut(
            parts, taken, {chosen: parts.given[f"{OWN}{number}"]}, [*answers, *gate, *left]
        )
        example = tuple(torch.zeros(_value(each).shape, dtype=_value(each).dtype) for each in taken)
        with torch.no_grad():
            made = torch.export.export(fx.GraphModule(module, graph), example, strict=False)
        found.append(made)
        taken = left
    return found


def _parts(module: fx.GraphModule, names: tuple[str, ...]) -> _Parts:
    nodes = tuple(node for node in module.graph.nodes if node.op not in ("output", "call_module"))
    (output,) = (node for node in module.graph.nodes if node.op == "output")
    given = dict(zip(names, output.args[0], strict=True))
    constant: set[fx.Node] = set()
    for node in nodes:
        if node.op != "placeholder" and all(each in constant for each in node.all_input_nodes):
            constant.add(node)
    return _Parts(nodes, given, frozenset(constant))


def _needed(wanted: Iterable[fx.Node]) -> set[fx.Node]:
    """Nodes that others are computed from, these included."""
    found: set[fx.Node] = set()
    waiting = list(wanted)
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += node.all_input_nodes
    return found


def _behind(parts: _Parts, first: fx.Node) -> set[fx.Node]:
    """Nodes that are computed from one, without it."""
    found = {first}
    for node in parts.nodes:
        if found.intersection(node.all_input_nodes):
            found.add(node)
    return found - {first}


def _cut(
    parts: _Parts, taken: list[fx.Node], instead: dict[fx.Node, fx.Node], wanted: list[fx.Node]
) -> fx.Graph:
    """A graph that computes nodes from others, with some read in place of others."""
    graph = fx.Graph()
    copies: dict[fx.Node, fx.Node] = {}
    for number, node in enumerate(taken):
        copies[node] = graph.placeholder(f"given_{number}")
        copies[node].meta = dict(node.meta)
    needed: set[fx.Node] = set()
    waiting = list(wanted)
    while waiting:
        node = instead.get(waiting[-1], waiting[-1])
        waiting.pop()
        if node not in needed and node not in copies:
            needed.add(node)
            waiting += node.all_input_nodes
    for node in parts.nodes:
        if node in needed:
            copies[node] = graph.node_copy(node, lambda each: copies[instead.get(each, each)])
    graph.output(tuple(copies[instead.get(each, each)] for each in wanted))
    return graph


def _value(node: fx.Node) -> Tensor:
    found: Tensor = node.meta["val"]
    return found
