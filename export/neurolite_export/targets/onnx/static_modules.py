"""Modules that a static file computes in another way than PyTorch does; all others are lowered as they are."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from neurolite_core.network.experts import ChosenProduct
from neurolite_core.network.wide import WideSums
from neurolite_export.chosen import GatheredProduct
from neurolite_export.plain_wide import PlainWideSums
from neurolite_export.replacing import Lowering, Replacement


class ByteWideSums(PlainWideSums):
    """``PlainWideSums`` whose rows stay int8 and become numbers where they were gathered."""

    def __init__(self, sums: WideSums) -> None:
        super().__init__(sums)
        self.rows = sums.rows.clone()

    def gathered(self, kept: Tensor) -> Tensor:
        """Row numbers int32 (S) -> float32 (S, C + 1)."""
        return functional.embedding(kept, self.rows).to(torch.float32)

    def forward(self, ngrams: Tensor) -> Tensor:
        """As ``PlainWideSums``; an ``index_select`` would take its numbers as int64."""
        kept = functional.embedding(ngrams.reshape(-1), self.remap[:, None])
        return self.added(self.gathered(kept.reshape(-1).to(torch.int32)))


def _wide_sums(module: WideSums, _: Lowering) -> nn.Module:
    return ByteWideSums(module)


def _gathered_product(module: ChosenProduct, _: Lowering) -> nn.Module:
    return GatheredProduct(module)


STATIC_REPLACEMENTS: Final[Mapping[type[nn.Module], Replacement]] = MappingProxyType(
    {WideSums: _wide_sums, ChosenProduct: _gathered_product}
)
