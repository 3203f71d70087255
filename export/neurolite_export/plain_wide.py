"""The wide path's sums for graphs of one text without operations on counts: rows that are gathered and added.

All numbers are whole and below 2^24, so any order of sums gives the bits that PyTorch gives.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from neurolite_core.network.wide import WideSums
from neurolite_export.packed_pairs import StoredTable


class PlainWideSums(nn.Module):
    """``WideSums`` with rows in float32; a target stores them in a byte each (``wide_tables``)."""

    def __init__(self, sums: WideSums) -> None:
        super().__init__()
        self.register_buffer("remap", sums.remap.clone())
        self.register_buffer("rows", sums.rows.to(torch.float32))
        self.remap: Tensor
        self.rows: Tensor

    def gathered(self, kept: Tensor) -> Tensor:
        """Row numbers int32 (S) -> float32 (S, C + 1)."""
        return functional.embedding(kept, self.rows)

    def added(self, rows: Tensor) -> Tensor:
        """float32 (S, C + 1) -> (1, C + 1)."""
        return rows.sum(dim=0, keepdim=True)

    def forward(self, ngrams: Tensor) -> Tensor:
        """ngrams int32 (1, P, O), 0 where none starts, else 1 + its bucket -> float32 (1, C + 1)."""
        kept = torch.index_select(self.remap, 0, ngrams.reshape(-1)).to(torch.int32)
        return self.added(self.gathered(kept))


def wide_tables(network: nn.Module) -> tuple[StoredTable, ...]:
    """The tables that a network's ``PlainWideSums`` in place of its wide path's sums gather from."""
    found = []
    for module in network.modules():
        if isinstance(module, WideSums):
            rows = module.rows.cpu()
            found.append(StoredTable(rows.to(torch.float32).numpy(), rows.numpy(), 1.0))
    return tuple(found)
