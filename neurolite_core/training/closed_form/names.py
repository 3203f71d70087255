"""A solved classifier under the names of ``NeuroLiteForClassification``'s weights."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from neurolite_core.network.backbones.reservoir_options import ReservoirOptions
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.training.choosing.tensor_bytes import (
    FLOAT,
    GRAPH,
    constant_bytes,
    parameter_bytes,
)
from neurolite_core.training.closed_form.stages import Solved


def named_tensors(config: NeuroLiteConfig, solved: Solved) -> dict[str, NDArray[np.float32]]:
    """All tensors of the model; its norms are left as they are made, its window lets each word pass alone."""
    hidden, width = config.hidden_size, config.projection_size
    window = np.zeros((hidden, 2 * config.window + 1, width), np.float32)
    window[:, config.window] = np.eye(hidden, width, dtype=np.float32)
    found = {
        "model.projection.table": solved.table,
        "model.window.linear.weight": window.reshape(hidden, -1),
        "model.window.linear.bias": np.zeros(hidden, np.float32),
        "head.linear.weight": solved.head,
        "head.linear.bias": solved.head_bias,
        **_norm("norm", hidden),
    }
    for number, block in enumerate(solved.blocks):
        own = {
            "states.enter": block.enter,
            "states.kept": block.kept,
            "states.from_state": block.from_state,
            "states.from_input": block.from_input,
            "expand.weight": block.expand,
            "expand.bias": block.expand_bias,
            "contract.weight": block.contract,
            "contract.bias": block.contract_bias,
            **_norm("norm", hidden),
        }
        prefix = f"model.backbone.blocks.{number}."
        found |= {prefix + name: value for name, value in own.items() if value is not None}
    return found


def tensor_shapes(config: NeuroLiteConfig, num_labels: int) -> dict[str, tuple[int, ...]]:
    """Shapes of what ``named_tensors`` gives, of a reservoir that is not solved yet."""
    options = config.backbone_options
    assert isinstance(options, ReservoirOptions)  # noqa: S101  # which the backbone's name says
    hidden, width, units = config.hidden_size, config.projection_size, options.units
    read = options.read_hidden
    states = units * (1 if options.causal else 2) * (2 if options.predictive else 1)
    own: dict[str, tuple[int, ...]] = {
        "states.enter": (units, hidden),
        "states.kept": (units,),
        **(
            {"states.from_state": (units,), "states.from_input": (units,)}
            if options.predictive
            else {}
        ),
        "expand.weight": (read, states),
        "expand.bias": (read,),
        "contract.weight": (hidden, read),
        "contract.bias": (hidden,),
        "norm.weight": (hidden,),
        "norm.bias": (hidden,),
    }
    blocks = range(options.num_layers)
    return {
        "model.projection.table": (config.table_size, width),
        "model.window.linear.weight": (hidden, (2 * config.window + 1) * width),
        "model.window.linear.bias": (hidden,),
        "head.linear.weight": (num_labels, hidden),
        "head.linear.bias": (num_labels,),
        "norm.weight": (hidden,),
        "norm.bias": (hidden,),
        **{
            f"model.backbone.blocks.{k}.{name}": shape
            for k in blocks
            for name, shape in own.items()
        },
    }


def solved_bytes(config: NeuroLiteConfig, labels: Sequence[str]) -> int:
    """Bytes of the int8 ONNX file of a reservoir with these labels, as ``choosing.sizes.onnx_bytes``, without torch."""
    size = GRAPH + len(json.dumps(list(labels)).encode())
    for name, shape in tensor_shapes(config, len(labels)).items():
        if name.endswith("states.enter"):
            size += constant_bytes(shape)
        elif name.endswith("states.kept"):
            size += 2 * FLOAT * math.prod(shape)  # and as many zeros, the bias of what enters
        else:
            size += parameter_bytes(name, shape)
    return size


def _norm(name: str, size: int) -> dict[str, NDArray[np.float32]]:
    return {f"{name}.weight": np.ones(size, np.float32), f"{name}.bias": np.zeros(size, np.float32)}
