"""Outliers made smaller where a product rounds them, and its weights for them larger: the same function, finer in int8.

Xiao et al. 2023, "SmoothQuant", arXiv:2211.10438, section 4: what enters a product has one scale for all channels, so
that a few large channels leave the others few steps. A norm's factors in front of the product take the scales in, so
that nothing is computed more. Departure: only channels larger than four in five of a layer are made as large as those,
as every factor makes a row's weights less alike.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from neurolite_core.network.backbones.ssm import SsmBlock
from neurolite_core.network.model import NeuroLiteForGeneration
from neurolite_core.training.generation.task import measure
from neurolite_core.training.generation.tokens import Tokens

USUAL: Final = 0.8  # share of the channels that are left as they are


@torch.no_grad()
def even_out(
    network: NeuroLiteForGeneration,
    tokens: Tokens,
    rows: NDArray[np.int64],
    device: torch.device,
) -> None:
    """Changes the factors behind which state space blocks have outliers, in place; other backbones stay as they are.

    Args:
        network: on ``device``; it answers as before, but for the last bits.
        tokens: of windows such as it will read; their largest values decide.
        rows: int64 [R], which of them.
        device: where the network is.
    """
    blocks = [block for block in network.modules() if isinstance(block, SsmBlock)]
    largest = [torch.zeros_like(block.leave_norm.weight) for block in blocks]

    def watch(place: int) -> Callable[[nn.Module, object, Tensor], None]:
        def look(_: nn.Module, __: object, found: Tensor) -> None:
            own = found.float().abs().flatten(0, -2).amax(dim=0)
            largest[place] = torch.maximum(largest[place], own)

        return look

    hooks = [
        block.leave_norm.register_forward_hook(watch(place)) for place, block in enumerate(blocks)
    ]
    if blocks:
        measure(network, tokens, rows, device)
    for hook in hooks:
        hook.remove()
    for block, values in zip(blocks, largest, strict=True):
        usual = values.quantile(USUAL)
        if usual > 0:
            shares = (values / usual).clamp(min=1.0)
            block.leave_norm.weight.div_(shares)
            block.leave_norm.bias.div_(shares)
            block.leave.weight.mul_(shares)
