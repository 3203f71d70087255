"""Factors of a norm in the product behind it: the same answers."""

from __future__ import annotations

import copy

import pytest
import torch

from neurolite_core.network.backbones.liquid import LiquidBlock
from neurolite_core.network.backbones.liquid_options import LiquidOptions
from neurolite_core.network.backbones.ssm import SsmBlock
from neurolite_core.network.backbones.ssm_options import SsmOptions
from neurolite_export.folded_norms import fold_liquid, fold_ssm
from neurolite_export.replacing import Lowering

LOWERING = Lowering(8, "float32")
BLOCKS = [
    (SsmBlock(8, 8, SsmOptions(num_layers=1, inner=16, state=2), 0.0), fold_ssm),
    (LiquidBlock(8, 8, LiquidOptions(num_layers=1, inner=16, shared=16), 0.0), fold_liquid),
]


@pytest.mark.parametrize(("block", "fold"), BLOCKS, ids=lambda item: getattr(item, "__name__", ""))
def test_a_block_without_factors_gives_the_same(block: SsmBlock, fold: object) -> None:
    torch.manual_seed(4)
    block = copy.deepcopy(block).eval()
    for module in block.modules():
        if isinstance(module, torch.nn.LayerNorm):
            torch.nn.init.uniform_(module.weight, 0.2, 3.0)
            torch.nn.init.normal_(module.bias)
    x, mask = torch.randn(3, 8, 8), torch.ones(3, 8, 1)
    wanted = block(x, mask)
    found = fold(copy.deepcopy(block), LOWERING)  # type: ignore[operator]
    assert found.norm.weight is None
    torch.testing.assert_close(found(x, mask), wanted, rtol=1e-5, atol=1e-5)
