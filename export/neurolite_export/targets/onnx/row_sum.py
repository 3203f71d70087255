"""``neurolite.RowSum``: the int8 projection as one op that carries its definition, as the hash does.

A word's vector is the sum of its K rows of the table. Gathered, dequantized and summed one by one,
these rows were a third of a small model's time; here int8 rows are summed as integers, and only the
sum is scaled. Integers add up exactly in any order, so body and native kernel give the same bits.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from neurolite_export.targets.onnx.body import Body
from neurolite_export.targets.onnx.hash_function import DOMAIN
from neurolite_export.targets.onnx.quantize import remove_unused

ROW_SUM: Final = "RowSum"


def row_sum_function(num_hashes: int, opset: int) -> onnx.FunctionProto:
    """Table int8 [M, E], indices int32 [N, L, K], scale float32 [] -> float32 [N, L, E].

    Args:
        num_hashes: K.
        opset: of the default domain.
    """
    body = Body()
    rows = body.op("Gather", "table", "indices", axis=0)  # int8 [N, L, K, E]
    ones = body.constant(np.ones(num_hashes), np.uint8)
    sums = body.op("MatMulInteger", ones, rows)  # int32 [N, L, E]
    body.op("Mul", body.op("Cast", sums, to=TensorProto.FLOAT), "scale", output="sums")
    return helper.make_function(
        DOMAIN,
        ROW_SUM,
        inputs=["table", "indices", "scale"],
        outputs=["sums"],
        nodes=body.nodes,
        opset_imports=[helper.make_opsetid("", opset)],
    )


def fuse_row_sum(model: onnx.ModelProto, num_hashes: int, opset: int) -> bool:
    """Puts RowSum in place of Gather, DequantizeLinear and ReduceSum, in place.

    Returns:
        Whether the model had them; a float32 table is left as it is.
    """
    graph = model.graph
    producers = {name: node for node in graph.node for name in node.output}
    constants = {tensor.name: tensor for tensor in graph.initializer}
    for place, node in enumerate(graph.node):
        if node.op_type != "ReduceSum" or node.input[1] not in constants:
            continue
        dequantize = producers.get(node.input[0])
        gather = None if dequantize is None else producers.get(dequantize.input[0])
        if dequantize is None or dequantize.op_type != "DequantizeLinear" or gather is None:
            continue
        axes = numpy_helper.to_array(constants[node.input[1]]).tolist()
        keeps = any(a.name == "keepdims" and a.i == 0 for a in node.attribute)
        if gather.op_type != "Gather" or axes != [2] or not keeps:
            continue
        inputs = [gather.input[0], gather.input[1], dequantize.input[1]]
        fused = helper.make_node(ROW_SUM, inputs, [node.output[0]], ROW_SUM, domain=DOMAIN)
        graph.node.remove(node)
        graph.node.insert(place, fused)
        remove_unused(graph)
        model.functions.append(row_sum_function(num_hashes, opset))
        return True
    return False
