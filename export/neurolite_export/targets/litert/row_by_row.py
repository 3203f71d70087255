"""Products that round each row of what enters them by itself, as it comes, and give float32.

The kernels are those of a float32 input and an int8 weight. Their weights have one scale for all rows, as
tflite-runtime 2.14 takes no other there and says nothing of it; each row is stored as if its largest number were 127,
and what it gives is multiplied with what that stands for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from neurolite_export.targets.litert.model import Editor, Op, Operator, Tensor, constant_of, numbers
from neurolite_export.targets.litert.stored import store

_STEP: Final = np.float32(1 / 127)


def by_row(
    editor: Editor, product: Operator, weight: NDArray[np.float32], scale: NDArray[np.float32]
) -> Iterator[Operator]:
    """In a product's place: one with an int8 weight, and what multiplies its results.

    Args:
        editor: of the subgraph.
        product: a FULLY_CONNECTED in float32.
        weight: its weight, float32 [out, in].
        scale: what a step of each row stands for, float32, of out rows or more.
    """
    scale = scale[: len(weight)]  # a bucket of fewer words has the first rows
    largest = scale / _STEP
    rounded = np.rint(weight / scale[:, None]).astype(np.int8)
    source, stored, *rest = numbers(product.inputs)
    store(editor.subgraph.tensors[stored], editor, rounded, _STEP)
    inputs = [source, stored]
    if rest and rest[0] >= 0:
        bias = constant_of(editor.model, editor.subgraph.tensors[rest[0]])
        assert bias is not None  # noqa: S101  # a parameter
        inputs.append(editor.constant((bias / largest).astype(np.float32)))
    result = int(product.outputs[0])
    found = editor.tensor(numbers(editor.subgraph.tensors[result].shape), np.dtype(np.float32))
    product.inputs = np.array(inputs, np.int32)
    product.outputs = np.array([found], np.int32)
    yield product
    options = schema.BuiltinOptions.MulOptions, schema.MulOptionsT()
    factors = editor.constant(largest.astype(np.float32))
    yield editor.operator(Op.MUL, [found, factors], [result], options=options)


def rounds_rows(weight: Tensor) -> bool:
    """Whether a weight is stored as ``by_row`` stores one, so that its kernel rounds what enters it."""
    scale = None if weight.quantization is None else weight.quantization.scale
    return scale is not None and np.array_equal(scale, [_STEP])
