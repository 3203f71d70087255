"""``ai.neurolite.SlotWrite``: how a memory's slots are written, as one op that carries its definition.

Of some 40 small operations, each of which costs a runtime more than what it computes. Numbers are float32 in every
precision: nothing here has a weight.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from torch import Tensor, nn

from neurolite_core.network.memory.levels import (
    LONG_TERM,
    LONG_TERM_TEXTS,
    LONG_TERM_USE,
    LongTermMemory,
)
from neurolite_core.network.memory.path import MemoryPath
from neurolite_core.network.memory.retrieval import FAR
from neurolite_core.network.memory.slots import EMPTY, GRID, KEPT, SHARPNESS, SMALLEST
from neurolite_export.targets.onnx.body import Body
from neurolite_export.targets.onnx.hash_function import DOMAIN
from neurolite_export.targets.onnx.places import add_function, behind_mark, new_mark, put_node
from neurolite_export.targets.onnx.quantize import remove_unused

SLOT_WRITE: Final = "SlotWrite"
INPUTS: Final = ("entry", "slots", "texts", "used", "weights", "border", "ties", "haste")
OUTPUTS: Final = ("next_slots", "next_texts", "next_used")
_STATES: Final = (LONG_TERM, LONG_TERM_TEXTS, LONG_TERM_USE)
_CONSTANTS: Final = ("border", "ties", "haste")
ENTRY_MARK: Final = "entry_mark"  # buffers of ``SlotWritePlace``
WEIGHTS_MARK: Final = "weights_mark"


def slot_write_function(opset: int) -> onnx.FunctionProto:
    """``SlotWrite`` of ``neurolite_core.network.memory.slots``, its constants as inputs.

    Inputs, all float32: entry [N, D], slots [N, S, D], texts [N, 1, S], used [N, 1, S], weights [N, R, S],
    border [1, 1], ties [S], haste [1, 1]. Outputs: slots, texts and used as they are then.
    """
    body = Body()
    one = body.constant(1, np.float32)
    new = body.op("Unsqueeze", "entry", body.int64(1))
    double = body.op("Mul", "texts", body.constant(2, np.float32))
    filled = body.op("Min", double, one)
    energies = _energies(body, new, filled)
    nearest = body.op("Softmax", energies, axis=2)
    best = body.op("ReduceMax", energies, body.int64(2), keepdims=1)
    border = body.op("Mul", "border", body.constant(SHARPNESS, np.float32))
    how = body.op("Sigmoid", body.op("Sub", best, border))
    raised = body.op("Mul", body.op("Add", "used", body.constant(EMPTY, np.float32)), filled)
    steps = body.op("Floor", body.op("Mul", raised, body.constant(GRID, np.float32)))
    hastened = body.op("Mul", body.op("Add", steps, "ties"), "haste")
    least = body.op("Softmax", hastened, axis=2)
    merged = body.op("Mul", how, nearest)
    taken = body.op("Mul", body.op("Sub", one, how), least)
    left, both = body.op("Sub", one, taken), body.op("Add", merged, taken)
    share = body.op("Div", merged, body.op("Add", "texts", one))
    share = body.op("Transpose", body.op("Add", share, taken), perm=[0, 2, 1])
    change = body.op("Mul", share, body.op("Sub", new, "slots"))
    body.op("Add", "slots", change, output="next_slots")
    body.op("Add", body.op("Mul", "texts", left), both, output="next_texts")
    kept = body.op("Mul", body.op("Mul", "used", left), body.constant(KEPT, np.float32))
    read = body.op("ReduceMean", "weights", body.int64(1), keepdims=1)
    body.op("Add", body.op("Add", kept, read), both, output="next_used")
    return helper.make_function(
        DOMAIN,
        SLOT_WRITE,
        inputs=list(INPUTS),
        outputs=list(OUTPUTS),
        nodes=body.nodes,
        opset_imports=[helper.make_opsetid("", opset)],
    )


def _energies(body: Body, new: str, filled: str) -> str:
    """Of each slot how near it is to the entry, empty ones set far back, float32 [N, 1, S]."""
    last = body.int64(2)
    lengths = body.op("ReduceL2", "slots", last, keepdims=1)
    lengths = body.op("Mul", lengths, body.op("ReduceL2", new, last, keepdims=1))
    lengths = body.op("Max", lengths, body.constant(SMALLEST, np.float32))
    lengths = body.op("Transpose", lengths, perm=[0, 2, 1])
    products = body.op("MatMul", new, body.op("Transpose", "slots", perm=[0, 2, 1]))
    similar = body.op(
        "Mul", body.op("Div", products, lengths), body.constant(SHARPNESS, np.float32)
    )
    back = body.op("Sub", filled, body.constant(1, np.float32))
    return body.op("Add", similar, body.op("Mul", back, body.constant(FAR, np.float32)))


class SlotWritePlace(nn.Module):
    """Holds the place of a ``SlotWrite`` in a captured network: outputs of its shapes, and its inputs by marks."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer(ENTRY_MARK, new_mark())
        self.register_buffer(WEIGHTS_MARK, new_mark())
        self.entry_mark: Tensor
        self.weights_mark: Tensor

    def forward(
        self,
        entry: Tensor,
        slots: Tensor,
        texts: Tensor,
        used: Tensor,
        weights: Tensor,
        _: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """As ``SlotWrite``."""
        read = (weights * self.weights_mark)[:, :1]
        return slots + (entry * self.entry_mark)[:, None, :], texts + read, used - read


def put_slot_write(model: onnx.ModelProto, memory: MemoryPath, opset: int) -> None:
    """Puts SlotWrite where the captured network has a ``SlotWritePlace``, in place; nothing without long-term memory.

    Args:
        model: of ``capture``.
        memory: the network's.
        opset: of the default domain.
    """
    level = next((own for own in memory.levels.values() if isinstance(own, LongTermMemory)), None)
    if level is None:
        return
    graph, base = model.graph, f"memory.levels.{LONG_TERM}.merging"
    entry, weights = (behind_mark(graph, f"{base}.{name}") for name in (ENTRY_MARK, WEIGHTS_MARK))
    values = (level.border, level.merging.ties, torch.full((1, 1), level.merging.haste))
    names = [f"memory.slots.{name}" for name in _CONSTANTS]
    graph.initializer.extend(
        numpy_helper.from_array(value.detach().cpu().numpy(), name)
        for name, value in zip(names, values, strict=True)
    )
    following = [f"next_{name}" for name in _STATES]
    put_node(graph, SLOT_WRITE, [entry, *_STATES, weights, *names], following)
    remove_unused(graph)
    add_function(model, slot_write_function(opset))
