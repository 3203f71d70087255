"""Modules that this target computes in another way; litert-torch lowers all others as they are."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from torch import nn

from neurolite_core.network.backbones.liquid import LiquidBlock
from neurolite_core.network.backbones.ssm import SsmBlock
from neurolite_core.network.experts import ChosenProduct
from neurolite_core.network.projection import PackedProjection
from neurolite_core.network.wide import WideSums
from neurolite_export.chosen import GatheredProduct
from neurolite_export.folded_norms import fold_liquid, fold_ssm
from neurolite_export.packed_pairs import PairSums
from neurolite_export.plain_wide import PlainWideSums
from neurolite_export.replacing import Lowering, Replacement


def _pair_sums(module: PackedProjection, _: Lowering) -> nn.Module:
    return PairSums(module)


def _wide_sums(module: WideSums, _: Lowering) -> nn.Module:
    return PlainWideSums(module)


def _gathered_product(module: ChosenProduct, _: Lowering) -> nn.Module:
    return GatheredProduct(module)


# litert-torch takes no constants of uint8.
REPLACEMENTS: Final[Mapping[type[nn.Module], Replacement]] = MappingProxyType(
    {
        PackedProjection: _pair_sums,
        WideSums: _wide_sums,
        ChosenProduct: _gathered_product,
        SsmBlock: fold_ssm,
        LiquidBlock: fold_liquid,
    }
)
