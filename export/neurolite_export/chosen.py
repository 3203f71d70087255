"""Products with the weights of the chosen expert, for graphs: its rows are gathered, and nothing else is read.

Every row of a weight is stored with its largest number brought to 1, and the factor beside it. So a table that a target
rounds with one scale has one for each row of each expert, and the gathered bytes alone are what is multiplied.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from neurolite_core.network.experts import ChosenProduct

_SMALLEST_PEAK = 1e-12


class GatheredProduct(nn.Module):
    """``ChosenProduct`` by two gatherings: of an expert's weight, and of its factors and bias.

    Attributes:
        table: float32 (E, inner * outer), each expert's weight [inner, outer], no number above 1.
        rest: float32 (E, 2 * outer), the factors of the outer rows, and their bias; no target rounds them.
    """

    def __init__(self, product: ChosenProduct) -> None:
        super().__init__()
        weight, bias = product.weight.detach(), product.bias.detach()
        self.count, self.outer, self.inner = weight.shape
        peaks = weight.abs().amax(dim=2).clamp(min=_SMALLEST_PEAK)
        scaled = (weight / peaks.unsqueeze(2)).transpose(1, 2)
        self.register_buffer("table", scaled.reshape(self.count, -1).contiguous())
        self.register_buffer("rest", torch.cat([peaks, bias], dim=1))
        self.table: Tensor
        self.rest: Tensor

    def gathered(self, number: Tensor) -> Tensor:
        """int32 (N) -> the weights float32 (N, inner, outer)."""
        return functional.embedding(number, self.table).reshape(-1, self.inner, self.outer)

    def forward(self, x: Tensor, number: Tensor) -> Tensor:
        """x float32 (N, inner), number int32 (N) of each text's expert -> float32 (N, outer)."""
        product = torch.bmm(x.unsqueeze(1), self.gathered(number)).reshape(-1, self.outer)
        rest = functional.embedding(number, self.rest)
        return product * rest[:, : self.outer] + rest[:, self.outer :]


def float_tables(network: nn.Module) -> tuple[NDArray[np.float32], ...]:
    """The tables of a network's ``GatheredProduct`` in place of its products that no target rounds."""
    return tuple(
        GatheredProduct(module).rest.cpu().numpy()
        for module in network.modules()
        if isinstance(module, ChosenProduct)
    )


def is_one_of(values: NDArray[np.generic], tables: tuple[NDArray[np.float32], ...]) -> bool:
    """Whether a constant is one of these tables, or what its type makes of one."""
    return any(np.array_equal(values, table.astype(values.dtype)) for table in tables)
