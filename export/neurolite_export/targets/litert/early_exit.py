"""Layers that may answer early, by ``IF``: what only later layers need becomes a subgraph, which runs if it is asked.

As in ONNX files (``targets/onnx/early_exit.py``). A file's texts come one by one, so that there is nothing to choose:
either branch is the answer.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from neurolite_core.network.exits import CHOSEN, GATE, OWN
from neurolite_export.targets.litert.model import (
    Editor,
    Model,
    Op,
    Operator,
    Subgraph,
    code_of,
    constant_of,
    numbers,
)

_HALF: Final = np.float32(0.5)  # between 0 and 1


def put_conditions(model: Model, layers: int) -> None:
    """Puts conditions into every signature, in place, from the last exit to the first, which then holds them all.

    Args:
        model: with tensors by the names of ``Early.parts``, and nothing that is unused.
        layers: D of the network.
    """
    for subgraph in list(model.subgraphs):
        for number in range(layers - 1, 0, -1):
            last = number + 1 == layers
            rest = f"{OWN}{layers}" if last else f"{CHOSEN}{number + 1}"
            _put_condition(model, subgraph, number, rest)


def flattened(model: Model) -> Model:
    """A model without conditions, in which everything is computed, for looking through what is in a file."""
    if all(code_of(model, each) != Op.IF for part in model.subgraphs for each in part.operators):
        return model
    found = copy.deepcopy(model)
    main = [found.subgraphs[signature.subgraphIndex] for signature in found.signatureDefs]
    for subgraph in main:
        while any(code_of(found, each) == Op.IF for each in subgraph.operators):
            _inline(found, subgraph)
    found.subgraphs = main
    for position, signature in enumerate(found.signatureDefs):
        signature.subgraphIndex = position
    return found


def _place(subgraph: Subgraph, name: str) -> int:
    names = [_text(tensor.name) for tensor in subgraph.tensors]
    return names.index(name)


def _text(name: str | bytes | None) -> str:
    return name.decode() if isinstance(name, bytes) else name or ""


def _put_condition(model: Model, subgraph: Subgraph, number: int, rest: str) -> None:
    own, gate, chosen, later = (
        _place(subgraph, name)
        for name in (f"{OWN}{number}", f"{GATE}{number}", f"{CHOSEN}{number}", rest)
    )
    maker = next(each for each in subgraph.operators if chosen in numbers(each.outputs))
    kept = _needed(subgraph, {*numbers(subgraph.outputs), own, gate} - {chosen}, {chosen})
    inside = [
        each for each in _needed(subgraph, {later}, set()) if not any(each is one for one in kept)
    ]
    made = {number for each in inside for number in numbers(each.outputs)}
    read = {number for each in inside for number in numbers(each.inputs) if number >= 0}
    computed = [n for n in read - made - {own} if constant_of(model, subgraph.tensors[n]) is None]
    given = [own, *sorted(computed)]
    answer = _branch(model, subgraph, given, [], own)
    behind = _branch(model, subgraph, given, inside, later)
    editor = Editor(model, subgraph)
    asked = editor.tensor(numbers(subgraph.tensors[gate].shape), np.dtype(np.bool_))
    half = editor.constant(np.array(_HALF))
    options = schema.IfOptionsT()
    options.thenSubgraphIndex, options.elseSubgraphIndex = answer, behind
    greater = (schema.BuiltinOptions.GreaterOptions, schema.GreaterOptionsT())
    condition = [
        editor.operator(Op.GREATER, [gate, half], [asked], options=greater),
        editor.operator(
            Op.IF, [asked, *given], [chosen], options=(schema.BuiltinOptions.IfOptions, options)
        ),
    ]
    operators: list[Operator] = []
    for each in subgraph.operators:
        if each is maker:  # all that is given is before it, and all that reads it behind
            operators += condition
        elif any(each is one for one in kept):
            operators.append(each)
    subgraph.operators = operators


def _needed(subgraph: Subgraph, wanted: set[int], given: set[int]) -> list[Operator]:
    """The operators that tensors are computed from, in running order; what is given is not computed."""
    wanted = set(wanted)
    found: list[Operator] = []
    for operator in reversed(subgraph.operators):
        if (wanted - given).intersection(numbers(operator.outputs)):
            found.append(operator)
            wanted.update(numbers(operator.inputs))
    return found[::-1]


def _branch(
    model: Model, subgraph: Subgraph, given: list[int], operators: Iterable[Operator], result: int
) -> int:
    """The number of a new subgraph that computes a tensor from others; constants are shared."""
    branch = schema.SubGraphT()
    branch.tensors, branch.operators = [], []
    branch.name = f"{_text(subgraph.name)}:{len(model.subgraphs)}"
    places: dict[int, int] = {-1: -1}

    def placed(vector: Any) -> Any:  # noqa: ANN401  # as the format has it
        for number in numbers(vector):
            if number not in places:
                places[number] = len(branch.tensors)
                tensor = copy.copy(subgraph.tensors[number])
                tensor.name = None
                branch.tensors.append(tensor)
        return np.array([places[number] for number in numbers(vector)], np.int32)

    branch.inputs = placed(given)
    for operator in operators:
        moved = copy.copy(operator)
        moved.inputs, moved.outputs = placed(operator.inputs), placed(operator.outputs)
        branch.operators.append(moved)
    if result in given:  # what comes in cannot go out as it is
        editor = Editor(model, branch)
        source = places[result]
        shape, dtype = numbers(branch.tensors[source].shape), np.dtype(np.float32)
        options = schema.BuiltinOptions.MaximumMinimumOptions, schema.MaximumMinimumOptionsT()
        places[result] = editor.tensor(shape, dtype)
        branch.operators.append(
            editor.operator(Op.MAXIMUM, [source, source], [places[result]], options=options)
        )
    branch.outputs = placed([result])
    model.subgraphs.append(branch)
    return len(model.subgraphs) - 1


def _inline(model: Model, subgraph: Subgraph) -> None:
    """Puts what is behind the first condition in its place; the condition and its inputs stay."""
    at = next(
        place for place, each in enumerate(subgraph.operators) if code_of(model, each) == Op.IF
    )
    condition = subgraph.operators[at]
    branch = model.subgraphs[condition.builtinOptions.elseSubgraphIndex]
    places = dict(zip(numbers(branch.inputs), numbers(condition.inputs)[1:], strict=True))
    places |= dict(zip(numbers(branch.outputs), numbers(condition.outputs), strict=True))
    places[-1] = -1
    for number, tensor in enumerate(branch.tensors):
        if number not in places:
            places[number] = len(subgraph.tensors)
            subgraph.tensors.append(copy.copy(tensor))
    moved = []
    for operator in branch.operators:
        mine = copy.copy(operator)
        mine.inputs, mine.outputs = (
            np.array([places[number] for number in numbers(vector)], np.int32)
            for vector in (operator.inputs, operator.outputs)
        )
        moved.append(mine)
    subgraph.operators = [*subgraph.operators[:at], *moved, *subgraph.operators[at + 1 :]]
