"""Modules that this target computes in another way: tables are gathered as they are stored, rows become float32.

coreai-torch lowers all others as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from neurolite_core.network.experts import ChosenProduct
from neurolite_core.network.projection import BloomProjection, PackedProjection
from neurolite_core.network.wide import WideSums
from neurolite_export.chosen import GatheredProduct
from neurolite_export.packed_pairs import STEP, PairSums, signed_pairs
from neurolite_export.plain_wide import PlainWideSums
from neurolite_export.replacing import Lowering, Replacement

_LIMIT: Final = 127
_SMALLEST_SCALE: Final = 1e-12
_STORED: Final = MappingProxyType({"float16": torch.float16, "int8": torch.int8})


class _RowSums(nn.Module):
    """``BloomProjection`` with a narrow table, in int8 with one scale for all of it."""

    table: Tensor

    def __init__(self, projection: BloomProjection, precision: str) -> None:
        super().__init__()
        table = projection.table.detach()
        self.scale = 1.0
        if precision == "int8":
            self.scale = max(float(table.abs().max()) / _LIMIT, _SMALLEST_SCALE)
            table = torch.round(table / self.scale)
        self.register_buffer("table", table.to(_STORED[precision]))

    def forward(self, indices: Tensor, mask: Tensor) -> Tensor:
        """indices int32 (1, L, K), mask float32 (1, L, 1) -> float32 (1, L, E), zero where padded."""
        rows = functional.embedding(indices, self.table).to(torch.float32)
        return rows.sum(dim=2) * (mask * self.scale)


class _PackedSums(PairSums):
    """``PackedProjection``: bytes are gathered, and only the gathered ones become float32."""

    def __init__(self, projection: PackedProjection) -> None:
        super().__init__(projection)
        self.pairs = signed_pairs(projection)
        self.factors = projection.factors.clone()

    def gathered(self, indices: Tensor) -> tuple[Tensor, Tensor]:
        """indices int32 (1, L, K) -> pairs (1, L, K, E / 2) and factors (1, L, K, 1), float32."""
        pairs = functional.embedding(indices, self.pairs).to(torch.float32) * STEP
        return pairs, functional.embedding(indices, self.factors).to(torch.float32)


class _WideSums(PlainWideSums):
    """``WideSums``: bytes are gathered, and only the gathered ones become float32."""

    def __init__(self, sums: WideSums) -> None:
        super().__init__(sums)
        self.rows = sums.rows.clone()

    def gathered(self, kept: Tensor) -> Tensor:
        """Row numbers int32 (S) -> float32 (S, C + 1)."""
        return functional.embedding(kept, self.rows).to(torch.float32)


class _NarrowProduct(GatheredProduct):
    """``ChosenProduct`` in float16; in int8 files the gathered bytes, and only they, become float32."""

    def __init__(self, product: ChosenProduct, precision: str) -> None:
        super().__init__(product)
        self.scale = 1.0
        if precision == "int8":
            self.scale = 1.0 / _LIMIT
            self.table = torch.round(self.table * _LIMIT)
        self.table = self.table.to(_STORED[precision])

    def gathered(self, number: Tensor) -> Tensor:
        """int32 (1) -> the weights float16 or float32 (1, inner, outer)."""
        rows = functional.embedding(number, self.table)
        if rows.dtype == torch.int8:
            rows = rows.to(torch.float32) * self.scale
        return rows.reshape(-1, self.inner, self.outer)


def _row_sums(module: BloomProjection, lowering: Lowering) -> nn.Module:
    return module if lowering.precision == "float32" else _RowSums(module, lowering.precision)


def _packed_sums(module: PackedProjection, _: Lowering) -> nn.Module:
    return _PackedSums(module)


def _wide_sums(module: WideSums, _: Lowering) -> nn.Module:
    return _WideSums(module)


def _chosen_product(module: ChosenProduct, lowering: Lowering) -> nn.Module:
    if lowering.precision == "float32":
        return GatheredProduct(module)
    return _NarrowProduct(module, lowering.precision)


REPLACEMENTS: Final[Mapping[type[nn.Module], Replacement]] = MappingProxyType(
    {
        BloomProjection: _row_sums,
        PackedProjection: _packed_sums,
        WideSums: _wide_sums,
        ChosenProduct: _chosen_product,
    }
)
