"""``ai.neurolite.WideLogits``: the wide path as one op that carries its definition, in every precision.

The rows stay the whole numbers that they are, and so do the sums: body, native kernel and PyTorch have the same bits
up to the division by the root, which is the same in body and kernel.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from neurolite_core.artifact.outputs import NGRAMS
from neurolite_core.network.wide import WidePath
from neurolite_export.targets.onnx.body import Body
from neurolite_export.targets.onnx.hash_function import DOMAIN
from neurolite_export.targets.onnx.places import add_function
from neurolite_export.targets.onnx.quantize import remove_unused

WIDE_LOGITS: Final = "WideLogits"
REMAP: Final = "wide.remap"
ROWS: Final = "wide.rows"
SCALES: Final = "wide.scales"
_MARK: Final = "wide.mark"  # as the captured network names the buffer of ``WidePlace``


def wide_logits_function(num_labels: int, opset: int) -> onnx.FunctionProto:
    """Remap uint16 [65537], rows int8 [R + 1, C + 1], scales [C], ngrams int32 [N, P, O] -> float32 [N, C].

    All n-grams' rows are gathered, of those that are not kept a row of zeros: to leave them out takes as long.

    Args:
        num_labels: C.
        opset: of the default domain, at least 18.
    """
    body = Body()
    flat = body.op("Flatten", "ngrams", axis=1)
    kept = body.op("Cast", body.op("Gather", "remap", flat), to=TensorProto.INT32)
    rows = body.op("Gather", "rows", kept)  # int8 [N, P * O, C + 1]
    ones = _ones(body, body.op("Shape", kept, start=1))
    sums = body.op("Cast", body.op("MatMulInteger", ones, rows), to=TensorProto.FLOAT)
    sizes = body.int64(num_labels, 1)
    logits, length = body.split("Split", sums, sizes, outputs=2, axis=1)
    length = body.op("Sqrt", body.op("Max", length, body.constant(1, np.float32)))
    body.op("Div", body.op("Mul", logits, "scales"), length, output="logits")
    return helper.make_function(
        DOMAIN,
        WIDE_LOGITS,
        inputs=["remap", "rows", "scales", "ngrams"],
        outputs=["logits"],
        nodes=body.nodes,
        opset_imports=[helper.make_opsetid("", opset)],
    )


class WidePlace(nn.Module):
    """Holds the place of a ``WidePath`` in a captured network: logits of its shape that nothing folds away."""

    def __init__(self, wide: WidePath) -> None:
        super().__init__()
        self.register_buffer("mark", 2.0 + torch.arange(len(wide.scales) - 1))
        self.mark: Tensor

    def forward(self, ngrams: Tensor) -> Tensor:
        """ngrams int (N, P, O) -> float32 (N, C)."""
        return ngrams[:, 0, :1] * self.mark


def _ones(body: Body, shape: str) -> str:
    name = f"ones_{len(body.nodes)}"
    one = numpy_helper.from_array(np.ones(1, np.uint8))
    body.nodes.append(helper.make_node("ConstantOfShape", [shape], [name], value=one))
    return name


def put_wide_logits(model: onnx.ModelProto, wide: WidePath, opset: int) -> None:
    """Puts WideLogits where the captured network has a ``WidePlace``, in place.

    Args:
        model: of ``capture``.
        wide: the network's.
        opset: of the default domain.
    """
    graph, table = model.graph, wide.table()
    held = next(node for node in graph.node if _MARK in node.input)
    scales = table.scales[:-1] / np.sqrt(table.scales[-1:])
    remap = np.concatenate([np.zeros(1, np.uint16), table.remap])
    tensors = {REMAP: remap, ROWS: table.rows, SCALES: scales}
    graph.initializer.extend(numpy_helper.from_array(each, name) for name, each in tensors.items())
    node = helper.make_node(
        WIDE_LOGITS, [*tensors, NGRAMS], list(held.output), WIDE_LOGITS, domain=DOMAIN
    )
    place = list(graph.node).index(held)
    graph.node.remove(held)
    graph.node.insert(place, node)
    remove_unused(graph)
    add_function(model, wide_logits_function(len(scales), opset))
