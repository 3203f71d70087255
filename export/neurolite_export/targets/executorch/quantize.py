"""int8 by PT2E: products of the network with per-row weights, activations quantized row by row at run time."""

from __future__ import annotations

from typing import Final

import torch
from executorch.backends.xnnpack.quantizer.xnnpack_quantizer import (
    XNNPACKQuantizer,
    get_symmetric_quantization_config,
)
from torch import fx
from torch.export import ExportedProgram
from torchao.quantization.pt2e import PerChannelMinMaxObserver
from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e

from neurolite_export.fixed_shape import FixedShapeNetwork

_LINEAR: Final = torch.ops.aten.linear.default
_NETWORK: Final = "network."
_RULES: Final = "network.rules."


@torch.no_grad()
def quantize(
    program: ExportedProgram, fixed: FixedShapeNetwork, reference: FixedShapeNetwork
) -> ExportedProgram:
    """The int8 twin of a captured bucket.

    Args:
        program: captured from ``fixed``.
        fixed: the bucket.
        reference: the same for the largest bucket, whose weights are whole: their scales are used in all
            buckets, so that answers do not depend on the bucket.
    """
    quantizer = XNNPACKQuantizer()
    quantizer.set_global(get_symmetric_quantization_config(is_per_channel=True, is_dynamic=True))
    quantizer.set_filter_function(_is_trained)
    example = fixed.example(torch.uint8)
    weights = dict((*reference.named_parameters(), *reference.named_buffers()))
    prepared = prepare_pt2e(program.module(), quantizer)
    prepared(*example)  # the observers of weights see them
    for node in prepared.graph.nodes:
        observer = getattr(prepared, str(node.target)) if node.op == "call_module" else None
        if isinstance(observer, PerChannelMinMaxObserver):
            weight = weights[_name(node.args[0])]
            rows = len(observer.min_val)
            observer.min_val = weight.amin(dim=1)[:rows]
            observer.max_val = weight.amax(dim=1)[:rows]
    return torch.export.export(convert_pt2e(prepared), example, strict=False)


def _is_trained(node: fx.Node) -> bool:
    """A product with a layer's weight, not with constants of the hash or of rules, or with ones."""
    product = node.args[0] if node.target is torch.ops.aten.relu.default else node
    if not isinstance(product, fx.Node) or product.target is not _LINEAR:
        return False
    name = _name(product.args[1])
    return name.startswith(_NETWORK) and not name.startswith(_RULES)


def _name(value: object) -> str:
    """Of a parameter, or nothing where the value is computed."""
    return str(value.target) if isinstance(value, fx.Node) and value.op == "get_attr" else ""
