"""A packed projection for graphs without operations on bits: halves of a byte are parted by rounding down.

A byte less 128, over 16, is the high number and, behind the point, the low one: its floor is the high number, already
signed. Up to the product with the unit everything is a whole number of sixteenths below 2^24 of them, so any order of
sums gives the bits that PyTorch gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from neurolite_core.network.projection import PackedProjection
from neurolite_core.network.row_packing import NIBBLE, OFFSET

STEP: Final = 1 / NIBBLE  # of a pair of numbers
_MIDDLE: Final = NIBBLE * OFFSET


@dataclass(frozen=True, slots=True, eq=False)
class StoredTable:
    """A table as a file stores it: its values are the stored ones times ``scale``.

    Attributes:
        values: float32 [M, columns].
        stored: int8 or uint8 [M, columns].
        scale: of a stored number.
    """

    values: NDArray[np.float32]
    stored: NDArray[np.int8] | NDArray[np.uint8]
    scale: float


def signed_pairs(projection: PackedProjection) -> Tensor:
    """The rows of a packed table less 128, int8 (M, E / 2)."""
    return (projection.rows.to(torch.int16) - _MIDDLE).to(torch.int8)


def packed_tables(network: nn.Module) -> tuple[StoredTable, ...]:
    """The tables that a network's ``PairSums`` in place of its packed projections gather from."""
    found = []
    for module in network.modules():
        if isinstance(module, PackedProjection):
            sums = PairSums(module)
            pairs, factors = signed_pairs(module).numpy(), module.factors.numpy()
            found.append(StoredTable(sums.pairs.numpy(), pairs, STEP))
            found.append(StoredTable(sums.factors.numpy(), factors, 1.0))
    return tuple(found)


class PairSums(nn.Module):
    """``PackedProjection`` in float32; a target stores both tables in a byte a value (``packed_tables``)."""

    def __init__(self, projection: PackedProjection) -> None:
        super().__init__()
        self.register_buffer("pairs", signed_pairs(projection).to(torch.float32) * STEP)
        self.register_buffer("factors", projection.factors.to(torch.float32))
        self.register_buffer("unit", projection.unit.clone())
        self.pairs: Tensor
        self.factors: Tensor
        self.unit: Tensor

    def gathered(self, indices: Tensor) -> tuple[Tensor, Tensor]:
        """indices int (N, L, K) -> pairs (N, L, K, E / 2) and factors (N, L, K, 1), float32."""
        return functional.embedding(indices, self.pairs), functional.embedding(
            indices, self.factors
        )

    def weighed(self, rows: Tensor, factors: Tensor) -> Tensor:
        """The sum over K of rows (N, L, K, C) times factors (N, L, K, 1) -> (N, L, C)."""
        return (rows * factors).sum(dim=2)

    def added(self, factors: Tensor) -> Tensor:
        """What stands for zero in K rows of factors (N, L, K, 1) -> (N, L, 1)."""
        return OFFSET * factors.sum(dim=2)

    def forward(self, indices: Tensor, mask: Tensor) -> Tensor:
        """indices int (N, L, K), mask float32 (N, L, 1) -> float32 (N, L, E), zero where padded."""
        pairs, factors = self.gathered(indices)
        high = self.weighed(torch.floor(pairs), factors)
        low = NIBBLE * (self.weighed(pairs, factors) - high) - self.added(factors)
        return torch.cat([low, high], dim=-1) * self.unit * mask
