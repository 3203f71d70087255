"""What enters a product in two pieces where 8 bits of the whole are too few: its middle, and what sticks out of it.

For targets whose int8 takes the range of each row as it comes. Gated states have outliers of ten and more times their
usual size, which take nearly all of 255 steps. Cut off at twice the usual size, the middle has steps as fine as int8
can give it; what is left is zero for most numbers, and coarse steps are fine enough for the others. Both are rows of
one product, whose weights are read once, and the two answers are added. It stands in place of a division by each word's
largest number and takes as long.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from neurolite_core.network.backbones.ssm import SsmBlock
from neurolite_export.replacing import Lowering, Replacement, with_replacements

_Network = TypeVar("_Network", bound=nn.Module)
_USUAL: Final = 2.0  # sizes; 1.5, 2, 3 and 4 lose 0.02, 0.03, 0.05 and 0.08 thousandths of a nat, undivided 0.23


class SplitProduct(nn.Module):
    """``ScaledProduct`` of rows that are split.

    Args:
        most: what the middle reaches.
    """

    def __init__(self, most: float) -> None:
        super().__init__()
        self.most = most

    def forward(self, rows: Tensor, weight: Tensor) -> Tensor:
        """rows (R, D), weight (H, D) -> (R, H)."""
        middle = torch.clamp(rows, -self.most, self.most)
        pieces = functional.linear(torch.cat([middle, rows - middle]), weight)
        pieces = pieces.reshape(2, -1, len(weight))
        return pieces[0] + pieces[1]


@torch.no_grad()
def _split(block: SsmBlock, _: Lowering) -> nn.Module:
    """A state space block, itself, whose last product splits its rows."""
    norm = block.leave_norm
    usual = float((norm.weight.square() + norm.bias.square()).mean().sqrt())
    split = SplitProduct(_USUAL * usual)
    block.set_submodule("scaled", split)
    return block


_IN_INT8: Final[Mapping[type[nn.Module], Replacement]] = MappingProxyType({SsmBlock: _split})


def with_split_rows(network: _Network, precision: str) -> _Network:
    """A copy of a network in which products that need it split their rows, of a file in int8; else itself."""
    if precision != "int8":
        return network
    return with_replacements(network, _IN_INT8, Lowering(None, precision))


def splits_rows(network: nn.Module) -> bool:
    """Whether a network is such a copy; its parameters do not say it."""
    return any(isinstance(module, SplitProduct) for module in network.modules())
