"""Float16 and int8: which operations of a MIL program are computed in what, never those of the hash.

Int8 here is a type of storage: Core ML multiplies integers only on the Neural Engine of newer chips,
which a float32 hash keeps this graph off. The arithmetic is float16: half the memory traffic of float32,
native on every iPhone that runs iOS 17, and its error is far below that of int8 weights.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.artifact.outputs import EXACT, EXPERT
from neurolite_export.chosen import is_one_of
from neurolite_export.targets.coreml.convert import MAIN, tidy
from neurolite_export.targets.coreml.stored import (
    ORIGIN,
    computed_from_stored,
    gather_stored,
)
from neurolite_export.targets.coreml.tools import FP16ComputePrecision, any_symbolic, mb, quiet

_PRODUCTS: Final = ("linear", "matmul")
_LIMIT: Final = 127
_SMALLEST_SCALE: Final = float(np.finfo(np.float16).smallest_normal)


def to_float16(program: Any) -> None:  # noqa: ANN401  # coremltools ships no types
    """Puts the network behind the hash into float16, in place.

    What is computed once a text and is no product stays in float32: the pooled sum, the last norms
    and the softmax. It costs nothing, and 1e-12, which keeps an empty text from dividing by zero, is
    zero in float16. Sums of packed rows stay in float32, in which they are exact, and so does the choice of experts,
    whose keys are whole numbers up to 2^24.
    """
    kept = hash_of(program) | computed_from_stored(program) | _choice_of(program)
    rows = _shaped_rows(program)

    def chosen(operation: Any) -> bool:  # noqa: ANN401
        if operation in kept:
            return False
        if operation in rows or operation.op_type in (*_PRODUCTS, "gather"):
            return True
        return _grows(operation, {})

    with quiet():
        FP16ComputePrecision(op_selector=chosen)(program)
    tidy(program)


def to_int8(program: Any, floats: tuple[NDArray[np.float32], ...] = ()) -> None:  # noqa: ANN401
    """Stores the table and the weights of all products as int8, in place; for a float16 program.

    Each row of a weight, which is one output of its product, has its own scale. The table has one: its
    rows are gathered as int8 and scaled after that, so that it is never unpacked as a whole.

    Args:
        program: in float16.
        floats: tables that stay as they are.
    """
    hash_operations = hash_of(program)
    block = program.functions[MAIN]
    with quiet(), block, mb.scope(*ORIGIN):
        for operation in list(block.operations):
            if operation in hash_operations:
                continue
            if operation.op_type in _PRODUCTS:
                operand = operation.weight if operation.op_type == "linear" else operation.y
                if operand.op is not None and operand.op.op_type == "slice_by_index":
                    operand = operand.op.x
                _quantize_weight(block, operand)
            elif (
                operation.op_type == "gather"
                and operation.x.val is not None
                and np.issubdtype(operation.x.val.dtype, np.floating)
                and not is_one_of(operation.x.val, floats)
            ):
                _quantize_table(block, operation)
    tidy(program)


def hash_of(program: Any) -> set[Any]:  # noqa: ANN401
    """The operations that indices, n-grams, word count and rules on the text are computed from."""
    return _needed_for(program, EXACT)


def _choice_of(program: Any) -> set[Any]:  # noqa: ANN401
    """The operations on a text's one vector that its experts are chosen by."""
    return {
        operation
        for operation in _needed_for(program, (EXPERT,))
        if operation.op_type != "gather"
        and not any(any_symbolic(out.shape) for out in operation.outputs)
    }


def _needed_for(program: Any, names: tuple[str, ...]) -> set[Any]:  # noqa: ANN401
    """The operations that outputs are computed from."""
    found: set[Any] = set()
    waiting = [value.op for value in program.functions[MAIN].outputs if value.name in names]
    while waiting:
        operation = waiting.pop()
        if operation is None or operation in found:
            continue
        found.add(operation)
        for value in operation.inputs.values():
            values = value if isinstance(value, list | tuple) else (value,)
            waiting += [item.op for item in values]
    return found


def _shaped_rows(program: Any) -> set[Any]:  # noqa: ANN401
    """The operations that shape what was gathered: a chosen expert's weights, which would be converted twice."""
    return {
        operation
        for operation in program.functions[MAIN].operations
        if operation.op_type == "reshape"
        and operation.x.op is not None
        and operation.x.op.op_type == "gather"
    }


def _grows(operation: Any, known: dict[Any, bool]) -> bool:  # noqa: ANN401
    """Whether a result, or a later one, has a size that follows the text's length."""
    if operation not in known:
        known[operation] = any(any_symbolic(out.shape) for out in operation.outputs) or any(
            _grows(child, known) for out in operation.outputs for child in out.child_ops
        )
    return known[operation]


def _quantize_weight(block: Any, weight: Any) -> None:  # noqa: ANN401
    if weight.op.op_type != "const":  # two products of one weight: done
        return
    values = weight.val.astype(np.float32)
    scale = _scale(np.abs(values).max(axis=1))
    packed = mb.constexpr_affine_dequantize(
        quantized_data=_rounded(values, scale[:, None]),
        zero_point=np.zeros(scale.shape, np.int8),
        scale=scale,
        axis=0,
        before_op=weight.op,
        name=f"{weight.name}_int8",
    )
    block.replace_uses_of_var_after_op(anchor_op=packed.op, old_var=weight, new_var=packed)


def _quantize_table(block: Any, gather: Any) -> None:  # noqa: ANN401
    values = gather.x.val.astype(np.float32)
    scale = _scale(np.abs(values).max())
    gather_stored(block, gather, _rounded(values, scale), np.float16(scale))


def _scale(peak: NDArray[np.float32]) -> NDArray[np.float16]:
    return np.maximum(np.asarray(peak) / _LIMIT, _SMALLEST_SCALE).astype(np.float16)


def _rounded(values: NDArray[np.float32], scale: NDArray[np.float16]) -> NDArray[np.int8]:
    # A scale that was rounded down to float16 would put the peak at 128.
    steps = np.rint(values / scale.astype(np.float32))
    return np.clip(steps, -_LIMIT, _LIMIT).astype(np.int8)
