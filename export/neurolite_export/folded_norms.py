"""A norm's factors and shifts as part of the product behind it: the same answers by fewer steps.

W (g z + s) + b = (W g) z + (W s + b). litert-torch does so by itself where a graph has one word, and not where it has
more; done before, a layer has the same weights in every bucket, as int8 needs (``targets.litert.quantize``).
"""

from __future__ import annotations

import copy

import torch
from torch import nn

from neurolite_core.network.backbones.liquid import LiquidBlock
from neurolite_core.network.backbones.ssm import SsmBlock
from neurolite_export.replacing import Lowering


@torch.no_grad()
def folded(norm: nn.LayerNorm, linear: nn.Linear) -> tuple[nn.LayerNorm, nn.Linear]:
    """A norm without factors, and the product that has them.

    Args:
        norm: over the last axis, with factors and shifts float32 (H,); not changed.
        linear: reads what the norm gives, and nothing else does; float32 (D, H) and (D,); not changed.

    Returns:
        two modules with what ``linear(norm(x))`` gives, but for the order of sums.
    """
    plain = nn.LayerNorm(norm.normalized_shape, eps=norm.eps, elementwise_affine=False)
    made = copy.deepcopy(linear)
    shift = linear.weight.double() @ norm.bias.double()
    made.bias = nn.Parameter((linear.bias.double() + shift).float())
    made.weight.copy_(linear.weight * norm.weight)
    return plain.train(norm.training), made


def fold_ssm(module: SsmBlock, _: Lowering) -> nn.Module:
    """A state space block, itself, without factors in its first norm; a quotient keeps its second one's in place."""
    module.norm, module.enter = folded(module.norm, module.enter)
    return module


def fold_liquid(module: LiquidBlock, _: Lowering) -> nn.Module:
    """A liquid block, itself, without factors in its norm from now on."""
    module.norm, module.shared = folded(module.norm, module.shared)
    return module
