"""How many numbers a network has, and how many it may have."""

from __future__ import annotations

from typing import Final

from torch import nn

from neurolite_core.ground.errors import InputError
from neurolite_core.network.projection import PackedProjection
from neurolite_core.network.wide import WidePath

MAX_PARAMETERS: Final = 2**28  # 1 GB in float32


def count_parameters(network: nn.Module) -> int:
    """A network's numbers, those of packed tables with them: two a byte, and a factor a row; and a wide path's."""
    count = sum(parameter.numel() for parameter in network.parameters())
    for module in network.modules():
        if isinstance(module, PackedProjection):
            count += 2 * module.rows.numel() + module.factors.numel()
        elif isinstance(module, WidePath):
            count += module.sums.rows.numel() + module.scales.numel()
    return count


def check_parameters(network: nn.Module) -> None:
    """Refuses a model of more than ``MAX_PARAMETERS``; one on the meta device takes no memory to ask of.

    Raises:
        InputError: it has more.
    """
    count = count_parameters(network)
    if count > MAX_PARAMETERS:
        raise InputError(
            f"The config asks for {count:,} parameters; at most {MAX_PARAMETERS:,} are allowed. "
            "Make table_size, projection_size, the backbone's sizes, experts' count or wide's num_rows smaller."
        )
