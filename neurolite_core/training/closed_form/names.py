"""A solved classifier under the names of ``NeuroLiteForClassification``'s weights."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurolite_core.network.config import NeuroLiteConfig
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


def _norm(name: str, size: int) -> dict[str, NDArray[np.float32]]:
    return {f"{name}.weight": np.ones(size, np.float32), f"{name}.bias": np.zeros(size, np.float32)}
