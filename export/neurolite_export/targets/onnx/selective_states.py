"""``ai.neurolite.SelectiveStates``: states that follow words, as one op of each layer that carries its definition.

The body doubles its reach, some 45 small operations; the kernel goes from word to word. Numbers are float32 in every
precision.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from torch import Tensor, nn

from neurolite_core.network.backbones.ssm import StateSpace
from neurolite_core.network.selective_states import SelectiveStates
from neurolite_export.targets.onnx.body import Body
from neurolite_export.targets.onnx.hash_function import DOMAIN
from neurolite_export.targets.onnx.places import add_function, behind_mark, new_mark, put_node
from neurolite_export.targets.onnx.quantize import remove_unused

SELECTIVE_STATES: Final = "SelectiveStates"
INPUTS: Final = ("steps", "chosen", "v", "mask", "kept", "decay", "skip")
OUTPUTS: Final = ("y", "next")
MARKED: Final = INPUTS[:5]  # buffers of ``SelectiveStatesPlace`` are called so
CONSTANTS: Final = INPUTS[5:]


def selective_states_function(max_words: int, opset: int) -> onnx.FunctionProto:
    """``SelectiveStates`` of ``neurolite_core.network.selective_states`` for so many words at most.

    Inputs, all float32: steps [N L, D], chosen [N L, R + 2 S], v [N L, D], mask [N, L, 1], kept [N, S D], decay [S, D]
    = -exp(log_decay), skip [D]. Outputs: y [N L, D], next [N, S D].
    """
    body = Body()
    one = body.constant(1, np.float32)
    places = body.op("Shape", "mask", start=0, end=2)
    flat = body.op("Concat", places, body.int64(-1), axis=0)
    steps, chosen, v = (body.op("Reshape", name, flat) for name in ("steps", "chosen", "v"))
    away = body.op("Exp", body.op("Neg", body.op("Abs", steps)))
    step = body.op("Add", body.op("Relu", steps), body.op("Log", body.op("Add", away, one)))
    step = body.op("Mul", step, "mask")
    wide = body.op("Unsqueeze", step, body.int64(2))
    factors = body.op("Reshape", body.op("Exp", body.op("Mul", wide, "decay")), flat)
    sizes = body.op("Mul", body.op("Shape", "decay", start=0, end=1), body.int64(-1))
    behind = body.op("Add", sizes, sizes)
    said = [
        body.op("Slice", chosen, behind, sizes, body.int64(2)),
        body.op("Slice", chosen, sizes, body.int64(2**31 - 1), body.int64(2)),
    ]
    enter, leave = (body.op("Unsqueeze", own, body.int64(3)) for own in said)
    added = body.op("Unsqueeze", body.op("Mul", step, v), body.int64(2))
    inputs = body.op("Reshape", body.op("Mul", enter, added), flat)
    # What was kept stands in front of the first word.
    length = body.op("Sub", body.op("Shape", "mask", start=1, end=2), body.int64(1))
    pads = body.op("Concat", body.int64(0, 0, 0, 0), length, body.int64(0), axis=0)
    kept = body.op("Pad", body.op("Unsqueeze", "kept", body.int64(1)), pads)
    states = _scanned(
        body, factors, body.op("Add", inputs, body.op("Mul", factors, kept)), max_words
    )
    body.op("Gather", states, body.constant(-1, np.int64), output="next", axis=1)
    parted = body.op("Concat", places, body.op("Shape", "decay"), axis=0)
    read = body.op("Mul", body.op("Reshape", states, parted), leave)
    read = body.op("ReduceSum", read, body.int64(2), keepdims=0)
    read = body.op("Add", read, body.op("Mul", v, "skip"))
    body.op("Reshape", read, body.op("Shape", "v"), output="y")
    return helper.make_function(
        DOMAIN,
        SELECTIVE_STATES,
        inputs=list(INPUTS),
        outputs=list(OUTPUTS),
        nodes=body.nodes,
        opset_imports=[helper.make_opsetid("", opset)],
    )


def _scanned(body: Body, factors: str, inputs: str, max_words: int) -> str:
    """As ``neurolite_core.network.scan.scan``."""
    words = 1
    while words < max_words:
        inputs = body.op("Add", inputs, body.op("Mul", factors, _shifted(body, inputs, words)))
        if 2 * words < max_words:
            factors = body.op("Mul", factors, _shifted(body, factors, words))
        words *= 2
    return inputs


def _shifted(body: Body, tensor: str, words: int) -> str:
    padded = body.op("Pad", tensor, body.int64(0, words, 0, 0, 0, 0))
    return body.op("Slice", padded, body.int64(0), body.int64(-words), body.int64(1))


class SelectiveStatesPlace(nn.Module):
    """Holds the place of a ``SelectiveStates`` in a captured network: outputs of its shapes, its inputs by marks."""

    def __init__(self) -> None:
        super().__init__()
        for name in (*MARKED, OUTPUTS[0]):
            self.register_buffer(name, new_mark())
        self.steps: Tensor
        self.chosen: Tensor
        self.v: Tensor
        self.mask: Tensor
        self.kept: Tensor
        self.y: Tensor

    def forward(
        self,
        steps: Tensor,
        chosen: Tensor,
        v: Tensor,
        mask: Tensor,
        _: Tensor,
        kept: Tensor,
        __: Tensor,
        ___: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """As ``SelectiveStates``."""
        read = steps * self.steps + (chosen * self.chosen)[:, :1] + v * self.v
        return (read + (mask * self.mask).reshape(-1, 1)) * self.y, kept * self.kept


def put_selective_states(model: onnx.ModelProto, network: nn.Module, opset: int) -> None:
    """Puts SelectiveStates where the captured network has a ``SelectiveStatesPlace``, in place.

    Args:
        model: of ``capture``.
        network: that was captured, before its modules were replaced.
        opset: of the default domain.
    """
    graph = model.graph
    marks = {name for node in graph.node for name in node.input}
    for name, module in network.named_modules():
        if not isinstance(module, SelectiveStates) or f"{name}.kept" not in marks:
            continue
        owner = network.get_submodule(name.rpartition(".")[0])
        assert isinstance(owner, StateSpace)  # noqa: S101  # nothing else has such states
        inputs = [behind_mark(graph, f"{name}.{mark}") for mark in MARKED]
        outputs = [
            next(node for node in graph.node if f"{name}.{mark}" in node.input).output[0]
            for mark in ("y", "kept")
        ]
        values = (-torch.exp(owner.log_decay), owner.skip)
        names = [f"{name}.{own}" for own in CONSTANTS]
        graph.initializer.extend(
            numpy_helper.from_array(value.detach().cpu().numpy(), own)
            for own, value in zip(names, values, strict=True)
        )
        put_node(graph, SELECTIVE_STATES, [*inputs, *names], outputs)
        add_function(model, selective_states_function(module.max_words, opset))
    remove_unused(graph)
