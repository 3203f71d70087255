"""Tensors of whole numbers that stand for others, and the tables that are stored so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from neurolite_export.packed_pairs import StoredTable
from neurolite_export.targets.litert.model import (
    Editor,
    Model,
    Op,
    Operator,
    Subgraph,
    Tensor,
    code_of,
    constant_of,
    network_of,
    numbers,
    type_of,
)

# The version of an operator that takes int8.
_INT8_VERSION: Final = {Op.GATHER: 2, Op.DEQUANTIZE: 2, Op.QUANTIZE: 1}
_OPTIONS: Final = {
    Op.GATHER: "GatherOptions",
    Op.DEQUANTIZE: "DequantizeOptions",
    Op.QUANTIZE: "QuantizeOptions",
}

Scale = NDArray[np.float32] | np.float32


def describe(tensor: Tensor, scale: Scale, zero: int = 0, axis: int = 0) -> None:
    """Writes down what a tensor's integers mean."""
    made = schema.QuantizationParametersT()
    made.scale = np.atleast_1d(scale).astype(np.float32)
    made.zeroPoint = np.full(made.scale.shape, zero, np.int64)
    made.quantizedDimension = axis
    tensor.quantization = made


def store(tensor: Tensor, editor: Editor, values: NDArray[Any], scale: Scale) -> None:
    """Makes a constant tensor one of these integers."""
    tensor.type, tensor.buffer = type_of(values.dtype), editor.buffer(values)
    describe(tensor, scale)


def twin(editor: Editor, number: int, dtype: np.dtype[Any], scale: Scale, zero: int = 0) -> int:
    """Number of a new tensor of a tensor's shape, in integers."""
    made = editor.tensor(numbers(editor.subgraph.tensors[number].shape), dtype)
    describe(editor.subgraph.tensors[made], scale, zero)
    return made


def operator_of(editor: Editor, code: int, inputs: Iterable[int], output: int) -> Operator:
    """A gathering or a conversion of integers."""
    kind = _OPTIONS[code]
    options = getattr(schema.BuiltinOptions, kind), getattr(schema, f"{kind}T")()
    return editor.operator(code, inputs, [output], version=_INT8_VERSION[code], options=options)


def lookups_of(model: Model, subgraph: Subgraph) -> list[Operator]:
    """The network's gatherings from float32 tables."""
    return [
        operator
        for operator in network_of(subgraph)
        if code_of(model, operator) == Op.EMBEDDING_LOOKUP
    ]


_ROWS: Final = (Op.EMBEDDING_LOOKUP, Op.GATHER)
_MOVES: Final = (Op.RESHAPE, Op.DEQUANTIZE)
_TURNS: Final = (*_MOVES, Op.TRANSPOSE)


def is_gathered(model: Model, subgraph: Subgraph, number: int) -> bool:
    """Whether a tensor is rows of a table, moved and converted at most."""
    return gathered_from(model, network_of(subgraph), number) is not None


def is_computed(model: Model, part: Iterable[Operator], subgraph: Subgraph, number: int) -> bool:
    """Whether a tensor is neither a constant nor rows of one, whatever moved and converted it."""
    operators = list(part)
    makers = {made: each for each in operators for made in numbers(each.outputs)}
    while (maker := makers.get(number)) is not None and code_of(model, maker) in _TURNS:
        number = int(maker.inputs[0])
    stored = constant_of(model, subgraph.tensors[number]) is not None
    return not stored and gathered_from(model, operators, number) is None


def gathered_from(model: Model, part: Iterable[Operator], number: int) -> int | None:
    """Number of the table of which a tensor is rows, moved and converted at most; None of any other tensor."""
    makers = {made: operator for operator in part for made in numbers(operator.outputs)}
    maker = makers.get(number)
    while maker is not None and code_of(model, maker) in _MOVES:
        maker = makers.get(int(maker.inputs[0]))
    if maker is None or code_of(model, maker) not in _ROWS:
        return None
    # A lookup has its table second, a gathering first.
    place = 1 if code_of(model, maker) == Op.EMBEDDING_LOOKUP else 0
    return int(maker.inputs[place])


def gather_stored(
    editor: Editor, lookup: Operator, values: NDArray[Any], scale: np.float32
) -> Iterator[Operator]:
    """In a lookup's place: gathers rows of integers, then converts those.

    The lookup's own int8 kernel converts element by element and takes three times as long.
    """
    indices, table = numbers(lookup.inputs)
    store(editor.subgraph.tensors[table], editor, values, scale)
    result = int(lookup.outputs[0])
    rows = twin(editor, result, values.dtype, scale)
    yield operator_of(editor, Op.GATHER, [table, indices], rows)
    yield operator_of(editor, Op.DEQUANTIZE, [rows], result)


def store_tables(model: Model, tables: Iterable[StoredTable]) -> None:
    """Puts the integers of these tables in place of their float32 values, wherever rows are looked up."""
    known = list(tables)
    for subgraph in model.subgraphs:
        editor = Editor(model, subgraph)
        found: dict[int, StoredTable] = {}
        for operator in lookups_of(model, subgraph):
            values = constant_of(model, subgraph.tensors[operator.inputs[1]])
            for table in known:
                if values is not None and np.array_equal(values, table.values):
                    found[id(operator)] = table
        made: list[Operator] = []
        for operator in subgraph.operators:
            stored = found.get(id(operator))
            if stored is None:
                made.append(operator)
            else:
                scale = np.float32(stored.scale)
                made.extend(gather_stored(editor, operator, stored.stored, scale))
        subgraph.operators = made
