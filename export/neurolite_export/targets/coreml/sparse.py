"""Weights of which half are zero, stored as the others and a bit for each: two of four take 4 bits, as two positions.

``constexpr_sparse_to_dense`` (MIL, iOS 16) unpacks them when a model is opened. Of int8 its opset has no sparse form
beside scales, so that the zeros stay among the rounded weights there.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from neurolite_core.network.sparse_products import SparseLinear
from neurolite_export.targets.coreml.convert import MAIN, tidy
from neurolite_export.targets.coreml.stored import ORIGIN
from neurolite_export.targets.coreml.tools import mb, quiet


def store_sparse(program: Any, network: Any) -> None:  # noqa: ANN401  # coremltools ships no types
    """Stores the 2:4 sparse weights of a float32 or float16 program without their zeros, in place.

    Args:
        program: its ``linear`` operations have whole weights, or slices of them.
        network: of which it was made; one without such weights changes nothing.
    """
    if not any(isinstance(module, SparseLinear) for module in network.modules()):
        return
    block = program.functions[MAIN]
    with quiet(), block, mb.scope(*ORIGIN):
        for operation in list(block.operations):
            if operation.op_type != "linear":
                continue
            weight = operation.weight
            if weight.op is not None and weight.op.op_type == "slice_by_index":
                weight = weight.op.x
            if weight.op is not None and weight.op.op_type == "const" and _is_sparse(weight.val):
                _store(block, weight)
    tidy(program)


def _is_sparse(values: Any) -> bool:  # noqa: ANN401
    """Whether of every four that follow each other in a row at least two are zero."""
    rows, columns = values.shape
    padded = np.pad(values != 0, ((0, 0), (0, -columns % 4)))
    return columns >= 4 and int(padded.reshape(rows, -1, 4).sum(axis=2).max()) <= 2


def _store(block: Any, weight: Any) -> None:  # noqa: ANN401
    values = weight.val
    kept = values.reshape(-1) != 0
    packed = mb.constexpr_sparse_to_dense(
        nonzero_data=values.reshape(-1)[kept],
        mask=np.packbits(kept, bitorder="little"),
        shape=np.array(values.shape, np.uint32),
        before_op=weight.op,
        name=f"{weight.name}_sparse",
    )
    block.replace_uses_of_var_after_op(anchor_op=packed.op, old_var=weight, new_var=packed)
