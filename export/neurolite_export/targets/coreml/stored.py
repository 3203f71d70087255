"""Tables that are stored as whole numbers, in every precision, and what is computed from them alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_export.packed_pairs import StoredTable
from neurolite_export.targets.coreml.convert import MAIN, tidy
from neurolite_export.targets.coreml.tools import ScopeInfo, ScopeSource, mb, quiet

# Programs from torch.export must say of every operation where it comes from.
ORIGIN: Final = (
    ScopeInfo(source=ScopeSource.EXIR_STACK_TRACE, data=["stored"]),
    ScopeInfo(source=ScopeSource.EXIR_DEBUG_HANDLE, data=[0]),
)
_GATHER: Final = "gather"
_INTEGERS: Final = (np.int8, np.uint8)


def gather_stored(block: Any, gather: Any, values: NDArray[Any], scale: np.floating[Any]) -> None:  # noqa: ANN401
    """In a gathering's place: gathers rows of int8 or uint8, then scales those, to the type of ``scale``.

    So the table is never unpacked as a whole.
    """
    rows = mb.gather(
        x=values,
        indices=gather.indices,
        axis=0,
        batch_dims=0,
        validate_indices=False,
        before_op=gather,
        name=f"{gather.name}_{values.dtype}",
    )
    scaled = mb.dequantize(
        input=rows, scale=scale, before_op=gather, name=f"{gather.name}_dequantized"
    )
    block.replace_uses_of_var_after_op(anchor_op=gather, old_var=gather.outputs[0], new_var=scaled)


def store_tables(program: Any, tables: Iterable[StoredTable]) -> None:  # noqa: ANN401
    """Puts the integers of these tables in place of their float32 values, in place."""
    known = list(tables)
    if not known:
        return
    block = program.functions[MAIN]
    with quiet(), block, mb.scope(*ORIGIN):
        for operation in list(block.operations):
            if operation.op_type != _GATHER or operation.x.val is None:
                continue
            for table in known:
                if np.array_equal(operation.x.val, table.values):
                    gather_stored(block, operation, table.stored, np.float32(table.scale))
    tidy(program)


def is_stored(operation: Any) -> bool:  # noqa: ANN401
    """Whether an operation gathers from a table of integers."""
    if operation.op_type != _GATHER or operation.x.val is None:
        return False
    return operation.x.val.dtype in _INTEGERS


def computed_from_stored(program: Any) -> set[Any]:  # noqa: ANN401
    """The operations that depend on nothing but rows of tables of integers.

    These are whole numbers up to 2^18, which float16 does not hold, and their product with the unit.
    """
    found: set[Any] = set()
    for operation in program.functions[MAIN].operations:
        sources = set()
        for value in operation.inputs.values():
            for item in value if isinstance(value, list | tuple) else (value,):
                if item.val is None:
                    sources.add(item.op)
        if is_stored(operation) or (sources and sources <= found):
            found.add(operation)
    return found
