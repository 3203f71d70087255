"""What is changed in the converter's graph before it becomes a file; no change alters a value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from neurolite_core.artifact.outputs import EFFECTS, INDICES, NGRAMS, RULES, WORDS
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

# Kernels that put out their input's memory, and those that may write over their input.
_ALIASES: Final = (Op.RESHAPE, Op.EXPAND_DIMS, Op.SQUEEZE)
_IN_PLACE: Final = (Op.ADD, Op.SUB, Op.MUL, Op.DIV)
_RELU: Final = schema.ActivationFunctionType.RELU


def name_ports(
    model: Model,
    inputs: Sequence[str],
    outputs: Sequence[str],
    *,
    has_ngrams: bool,
    parts: Sequence[str] = (),
) -> None:
    """Names inputs and outputs, of signatures and tensors alike; all other names go.

    Indices, n-grams and what rules made of the text stay as tensors of these names, but are no outputs: an app gets
    what it can use.
    """
    for signature in model.signatureDefs:
        subgraph = model.subgraphs[signature.subgraphIndex]
        subgraph.name = signature.signatureKey
        for tensor in subgraph.tensors:
            tensor.name = None
        signature.inputs, signature.outputs = map(_in_order, (signature.inputs, signature.outputs))
        for port, name in zip(signature.inputs, inputs, strict=True):
            port.name = subgraph.tensors[port.tensorIndex].name = name
        # Of the hidden ones those behind the first depend on the model: n-grams, what rules made of the text, exits.
        inside = [
            INDICES,
            *([NGRAMS] if has_ngrams else []),
            *([EFFECTS] if RULES in outputs else []),
            *parts,
        ]
        names = [*outputs, WORDS, *inside]
        for port, name in zip(signature.outputs, names, strict=True):
            port.name = subgraph.tensors[port.tensorIndex].name = name
        signature.outputs = [port for port in signature.outputs if port.name not in inside]
        subgraph.outputs = np.array([port.tensorIndex for port in signature.outputs], np.int32)


def _in_order(ports: Iterable[Any]) -> list[Any]:
    """The converter's ports by the numbers in their names; it has ``output_10`` before ``output_2``."""
    return sorted(ports, key=lambda port: int(port.name.rpartition(b"_")[2]))


def fold_constants(model: Model) -> None:
    """Selects between constants are computed now; the converter leaves them to every run."""
    for subgraph in model.subgraphs:
        editor = Editor(model, subgraph)
        kept = []
        for operator in subgraph.operators:
            inputs = [subgraph.tensors[number] for number in numbers(operator.inputs)]
            values = [constant_of(model, tensor) for tensor in inputs]
            constants = [value for value in values if value is not None]
            if code_of(model, operator) != Op.SELECT_V2 or len(constants) < len(values):
                kept.append(operator)
                continue
            result = subgraph.tensors[operator.outputs[0]]
            condition, on_true, on_false = constants
            chosen = np.where(condition, on_true, on_false)
            result.buffer = editor.buffer(np.broadcast_to(chosen, numbers(result.shape)))
        subgraph.operators = kept


def split_clamps(model: Model) -> None:
    """A clamp from 0 to 1 as a ReLU, inside the sum before it where there is one, and a minimum.

    XNNPACK takes those, but no RELU_0_TO_1: each would end a delegated part of the graph.
    """
    for subgraph in model.subgraphs:
        editor = Editor(model, subgraph)
        one = editor.constant(np.array(1, np.float32))
        readers = Counter(numbers(subgraph.outputs))
        makers: dict[int, Operator] = {}
        operators: list[Operator] = []
        for operator in subgraph.operators:
            readers.update(numbers(operator.inputs))
        for operator in subgraph.operators:
            if code_of(model, operator) == Op.RELU_0_TO_1:
                source = int(operator.inputs[0])
                maker = makers.get(source)
                if maker is not None and readers[source] == 1 and _can_fuse(model, maker):
                    maker.builtinOptions.fusedActivationFunction = _RELU
                else:
                    floored = editor.tensor(
                        numbers(subgraph.tensors[source].shape), np.dtype(np.float32)
                    )
                    operators.append(editor.operator(Op.RELU, [source], [floored]))
                    source = floored
                operator = editor.operator(
                    Op.MINIMUM, [source, one], numbers(operator.outputs), options=_extremum()
                )
            makers.update((number, operator) for number in numbers(operator.outputs))
            operators.append(operator)
        subgraph.operators = operators


def _can_fuse(model: Model, operator: Operator) -> bool:
    return (
        code_of(model, operator) in (Op.ADD, Op.SUB)
        and operator.builtinOptions.fusedActivationFunction == schema.ActivationFunctionType.NONE
    )


def _extremum() -> tuple[int, Any]:
    """Options of a minimum or maximum."""
    return schema.BuiltinOptions.MaximumMinimumOptions, schema.MaximumMinimumOptionsT()


def guard_aliases(model: Model) -> None:
    """Copies what would be overwritten while still needed.

    The runtimes' own kernels (not XNNPACK) compute ``y = reshape(x); z = y + 1`` in x's memory, even
    when another operator reads x later. Tried on tflite-runtime 2.14 and ai-edge-litert 2.3.
    """
    for subgraph in model.subgraphs:
        roots: dict[int, int] = {}
        readers: Counter[int] = Counter(numbers(subgraph.outputs))
        for operator in subgraph.operators:
            readers.update(numbers(operator.inputs))
            if code_of(model, operator) in _ALIASES:
                source = int(operator.inputs[0])
                roots[int(operator.outputs[0])] = roots.get(source, source)
        shared = {alias for alias, root in roots.items() if readers[root] > 1}
        operators: list[Operator] = []
        for operator in subgraph.operators:
            if code_of(model, operator) in _IN_PLACE:
                operators.extend(_copies(model, subgraph, operator, shared))
            operators.append(operator)
        subgraph.operators = operators


def _copies(
    model: Model, subgraph: Subgraph, operator: Operator, shared: set[int]
) -> Iterable[Operator]:
    editor = Editor(model, subgraph)
    size = _size(subgraph, int(operator.outputs[0]))
    for position, number in enumerate(numbers(operator.inputs)):
        if number not in shared or _size(subgraph, number) != size:
            continue
        tensor = subgraph.tensors[number]
        copy = editor.tensor(numbers(tensor.shape), np.dtype(np.float32))
        inputs = numbers(operator.inputs)
        inputs[position] = copy
        operator.inputs = np.array(inputs, np.int32)
        yield editor.operator(Op.MAXIMUM, [number, number], [copy], options=_extremum())


def _size(subgraph: Subgraph, number: int) -> int:
    return int(np.prod(numbers(subgraph.tensors[number].shape), dtype=np.int64))


def drop_unused(model: Model) -> None:
    """Removes tensors and buffers that nothing reads, and stores equal constants once."""
    for position, subgraph in enumerate(model.subgraphs):
        places = _drop_tensors(subgraph)
        for signature in model.signatureDefs:
            if signature.subgraphIndex == position:
                for port in (*signature.inputs, *signature.outputs):
                    port.tensorIndex = places[int(port.tensorIndex)]
    _drop_buffers(model)
    used = sorted({int(o.opcodeIndex) for s in model.subgraphs for o in s.operators})
    for subgraph in model.subgraphs:
        for operator in subgraph.operators:
            operator.opcodeIndex = used.index(int(operator.opcodeIndex))
    model.operatorCodes = [model.operatorCodes[number] for number in used]


def _drop_buffers(model: Model) -> None:
    first: dict[bytes, int] = {b"": 0}  # number 0 is by definition the empty one
    kept = [model.buffers[0]]
    readers = [tensor for subgraph in model.subgraphs for tensor in subgraph.tensors]
    for reader in (*readers, *model.metadata):
        buffer = model.buffers[reader.buffer]
        key = b"" if buffer.data is None else bytes(buffer.data)
        if key not in first:
            first[key] = len(kept)
            kept.append(buffer)
        reader.buffer = first[key]
    model.buffers = kept


def _drop_tensors(subgraph: Subgraph) -> dict[int, int]:
    """Removes unused tensors; gives the new number of each that stays."""
    ports = [subgraph.inputs, subgraph.outputs]
    lists: list[Any] = [*ports]
    for operator in subgraph.operators:
        lists += [operator.inputs, operator.outputs]
    used = sorted({number for row in lists for number in numbers(row) if number >= 0})
    place = {number: position for position, number in enumerate(used)} | {-1: -1}
    subgraph.tensors = [subgraph.tensors[number] for number in used]
    subgraph.inputs = _placed(subgraph.inputs, place)
    subgraph.outputs = _placed(subgraph.outputs, place)
    for operator in subgraph.operators:
        operator.inputs = _placed(operator.inputs, place)
        operator.outputs = _placed(operator.outputs, place)
    return place


def _placed(vector: Any, place: dict[int, int]) -> Any:  # noqa: ANN401
    return np.array([place[number] for number in numbers(vector)], np.int32)
