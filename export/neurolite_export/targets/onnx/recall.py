"""``ai.neurolite.Recall``: how strongly a memory's patterns are recalled, as one op that carries its definition.

Products of computed tensors and a softmax, some ten small operations; numbers are float32 in every precision.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import onnx
from onnx import helper, numpy_helper
from torch import Tensor, nn

from neurolite_core.network.memory.levels import LongTermMemory, WorkingMemory
from neurolite_core.network.memory.path import MemoryPath
from neurolite_core.network.memory.retrieval import FAR
from neurolite_export.targets.onnx.body import Body
from neurolite_export.targets.onnx.hash_function import DOMAIN
from neurolite_export.targets.onnx.places import add_function, behind_mark, new_mark, put_node
from neurolite_export.targets.onnx.quantize import remove_unused

RECALL: Final = "Recall"
INPUTS: Final = ("query", "keys", "filled", "places", "beta")
MARKED: Final = ("query", "keys", "filled")  # buffers of ``RecallPlace`` are called so
OUT: Final = "out"


def recall_function(steps: int, opset: int) -> onnx.FunctionProto:
    """``Recall`` of ``neurolite_core.network.memory.retrieval`` with so many updates.

    Inputs, all float32: query [N, R, K], keys [N, P, K], filled [N, 1, P], places [R, P], beta [1, R, 1]. Output:
    float32 [N, R, P].
    """
    body = Body()
    back = body.op("Sub", "filled", body.constant(1, np.float32))
    aside = body.op("Add", body.op("Mul", back, body.constant(FAR, np.float32)), "places")
    turned = body.op("Transpose", "keys", perm=[0, 2, 1])
    query, weights = "query", ""
    for step in range(steps):
        scores = body.op("MatMul", body.op("Mul", query, "beta"), turned)
        last = step + 1 == steps
        weights = body.op(
            "Softmax", body.op("Add", scores, aside), output="weights" if last else "", axis=2
        )
        if not last:
            query = body.op("MatMul", weights, "keys")
    return helper.make_function(
        DOMAIN,
        RECALL,
        inputs=list(INPUTS),
        outputs=["weights"],
        nodes=body.nodes,
        opset_imports=[helper.make_opsetid("", opset)],
        attributes=["steps"],
    )


class RecallPlace(nn.Module):
    """Holds the place of a ``Recall`` in a captured network: weights of its shape, and its inputs by marks."""

    def __init__(self) -> None:
        super().__init__()
        for name in (*MARKED, OUT):
            self.register_buffer(name, new_mark())
        self.query: Tensor
        self.keys: Tensor
        self.filled: Tensor
        self.out: Tensor

    def forward(self, query: Tensor, keys: Tensor, filled: Tensor, _: Tensor, __: Tensor) -> Tensor:
        """As ``Recall``."""
        read = (query * self.query)[:, :, :1] + filled * self.filled
        return (read + (keys * self.keys)[:, :, 0][:, None, :]) * self.out


def put_recalls(model: onnx.ModelProto, memory: MemoryPath, opset: int) -> None:
    """Puts Recall where the captured network has a ``RecallPlace``, in place.

    Args:
        model: of ``capture``.
        memory: the network's.
        opset: of the default domain.
    """
    graph = model.graph
    for name, level in memory.levels.items():
        if not isinstance(level, WorkingMemory | LongTermMemory):
            continue
        base, retrieval = f"memory.levels.{name}.retrieval.recall", level.retrieval
        inputs = [behind_mark(graph, f"{base}.{mark}") for mark in MARKED]
        held = next(node for node in graph.node if f"{base}.{OUT}" in node.input)
        constants = {
            f"memory.{name}.places": level.favoured,
            f"memory.{name}.beta": retrieval.log_beta.exp(),
        }
        graph.initializer.extend(
            numpy_helper.from_array(value.detach().cpu().numpy(), own)
            for own, value in constants.items()
        )
        steps = retrieval.recall.steps
        put_node(graph, RECALL, [*inputs, *constants], [held.output[0]], steps=steps)
        add_function(model, recall_function(steps, opset))
    remove_unused(graph)
