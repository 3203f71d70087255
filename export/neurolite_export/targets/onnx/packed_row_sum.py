"""``neurolite.PackedRowSum``: the packed projection as one op that carries its definition, in every precision.

Every value up to the last product is a whole number, so body, native kernel and PyTorch give the same bits. Of several
forms this one was the fastest (``docs/performance.md``): whole bytes are summed, and bytes without their low half; the
difference is the low halves' sum, and the second is sixteen times the high halves'.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import onnx
from onnx import TensorProto, helper

from neurolite_core.network.row_packing import NIBBLE, OFFSET
from neurolite_export.targets.onnx.body import Body
from neurolite_export.targets.onnx.hash_function import DOMAIN, DOMAIN_VERSION
from neurolite_export.targets.onnx.quantize import remove_unused

PACKED_ROW_SUM: Final = "PackedRowSum"
# As the captured network names the buffers of ``PackedProjection``.
PACKED_ROWS: Final = "model.projection.rows"
PACKED_FACTORS: Final = "model.projection.factors"
_UNIT: Final = "model.projection.unit"
_INPUTS: Final = ("rows", "factors", "unit", "indices")


def packed_row_sum_function(opset: int) -> onnx.FunctionProto:
    """Rows uint8 [M, E/2], factors uint8 [M, 1], unit float32 [], indices int32 [N, L, K] -> float32 [N, L, E].

    Args:
        opset: of the default domain, at least 18.
    """
    body = Body()
    pairs = body.op("Gather", "rows", "indices", axis=0)  # uint8 [N, L, K, E/2]
    gathered = body.op("Gather", "factors", "indices", axis=0)  # uint8 [N, L, K, 1]
    factors = body.op("Transpose", gathered, perm=[0, 1, 3, 2])
    upper = body.op("BitwiseAnd", pairs, body.constant(NIBBLE * (NIBBLE - 1), np.uint8))
    # The zero points are what stands for zero in both halves, and in the high one alone.
    both = body.constant(NIBBLE * OFFSET + OFFSET, np.uint8)
    alone = body.constant(NIBBLE * OFFSET, np.uint8)
    whole = body.op("MatMulInteger", factors, pairs, "", both)  # int32 [N, L, 1, E/2]
    high = body.op("MatMulInteger", factors, upper, "", alone)
    low = body.op("Cast", body.op("Sub", whole, high), to=TensorProto.FLOAT)
    sixteenth = body.constant(1 / NIBBLE, np.float32)
    high = body.op("Mul", body.op("Cast", high, to=TensorProto.FLOAT), sixteenth)
    joined = body.op("Concat", low, high, axis=3)
    body.op("Mul", body.op("Squeeze", joined, body.int64(2)), "unit", output="sums")
    return helper.make_function(
        DOMAIN,
        PACKED_ROW_SUM,
        inputs=list(_INPUTS),
        outputs=["sums"],
        nodes=body.nodes,
        opset_imports=[helper.make_opsetid("", opset)],
    )


def fuse_packed_row_sum(model: onnx.ModelProto, opset: int) -> bool:
    """Puts PackedRowSum in place of what was captured of a ``PackedProjection``, in place.

    Returns:
        Whether the model had one.
    """
    graph = model.graph
    gather = next(
        (n for n in graph.node if n.op_type == "Gather" and n.input[0] == PACKED_ROWS), None
    )
    scaled = next((n for n in graph.node if n.op_type == "Mul" and _UNIT in n.input), None)
    if gather is None or scaled is None:
        return False
    inputs = [PACKED_ROWS, PACKED_FACTORS, _UNIT, gather.input[1]]
    fused = helper.make_node(
        PACKED_ROW_SUM, inputs, [scaled.output[0]], PACKED_ROW_SUM, domain=DOMAIN
    )
    place = list(graph.node).index(scaled)
    graph.node.remove(scaled)
    graph.node.insert(place, fused)
    remove_unused(graph)
    model.functions.append(packed_row_sum_function(opset))
    model.opset_import.append(helper.make_opsetid(DOMAIN, DOMAIN_VERSION))
    return True
