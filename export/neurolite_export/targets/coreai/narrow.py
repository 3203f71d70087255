"""Float16 and int8: the network's products alone, never the hash and what rules make of a text.

In float16 a product's weight, its activations and its result are that; in int8 its weight is stored so, with a scale
for each of its rows, Core AI unpacks it (``blockwise_shift_scale``), and the arithmetic is float32. All between
products stays float32: sums and norms of float16 numbers leave its range.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from neurolite_export.targets.coreai.tools import coreai_torch

_LIMIT: Final = 127
_SMALLEST_SCALE: Final = 1e-12
_unpack: Final = coreai_torch._compression.custom_layers.constexpr_blockwise_shift_scale


class HalfProducts(TorchFunctionMode):
    """Computes products whose weight is float16 in that, and gives their results in float32.

    A layer is written as a convolution over one word: Apple's runtime for Linux takes 300 times as long for a matrix
    product in float16, and the Neural Engine is said to prefer them.
    """

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[Any],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401
        """Any function of torch, called inside."""
        if func is functional.linear and args[1].dtype == torch.float16:
            return _convolved(*args, **(kwargs or {}))
        if func is torch.bmm and args[1].dtype == torch.float16:
            return torch.bmm(args[0].to(torch.float16), args[1]).to(torch.float32)
        return func(*args, **(kwargs or {}))


def _convolved(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """x float32 (..., I), weight float16 (O, I), bias float32 (O) -> float32 (..., O)."""
    outer, inner = weight.shape
    words = x.reshape(-1, inner).transpose(0, 1).unsqueeze(0).to(torch.float16)
    added = None if bias is None else bias.to(torch.float16)
    found = functional.conv1d(words, weight.unsqueeze(2), added)  # (1, O, words)
    return found.to(torch.float32).squeeze(0).transpose(0, 1).reshape(*x.shape[:-1], outer)


class _Weights(TorchFunctionMode):
    """Notes where the weights of products lie in memory."""

    def __init__(self) -> None:
        super().__init__()
        self.places: set[int] = set()

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[Any],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401
        """Any function of torch, called inside."""
        if func is functional.linear:
            self.places.add(args[1].untyped_storage().data_ptr())
        return func(*args, **(kwargs or {}))


@torch.no_grad()
def narrow_products(whole: nn.Module, example: tuple[Tensor, ...], precision: str) -> None:
    """Stores the weights of a module's products in float16 or int8, in place.

    Args:
        whole: in float16 it computes with ``HalfProducts`` afterwards.
        example: arguments to run it with, by which its products are found.
        precision: ``float16`` or ``int8``.
    """
    with HalfProducts(), _Weights() as seen:
        whole(*example)
    for owner in list(whole.modules()):
        buffers = dict(owner.named_buffers(recurse=False))
        for name, weight in (*owner.named_parameters(recurse=False), *buffers.items()):
            if weight.untyped_storage().data_ptr() in seen.places:
                if precision == "int8":
                    _pack(owner, name, weight)
                    continue
                half = weight.to(torch.float16)
                setattr(owner, name, half if name in buffers else _stored(half))


def _pack(owner: nn.Module, name: str, weight: Tensor) -> None:
    """Stores a weight (O, I) in int8; reading it unpacks it, to float32.

    torch's own parametrizations take no weight that is called ``keys``.
    """
    scale = (weight.abs().amax(dim=1, keepdim=True) / _LIMIT).clamp(min=_SMALLEST_SCALE)
    steps = torch.round(weight / scale).clamp(-_LIMIT, _LIMIT)
    delattr(owner, name)
    owner.register_buffer(f"{name}_steps", steps.to(torch.int8))
    owner.register_buffer(f"{name}_scale", scale)

    def unpacked(self: nn.Module) -> Tensor:
        found: Tensor = _unpack(getattr(self, f"{name}_steps"), getattr(self, f"{name}_scale"))
        return found

    kind = type(owner)
    owner.__class__ = type(kind.__name__, (kind,), {name: property(unpacked)})


def _stored(values: Tensor) -> nn.Parameter:
    return nn.Parameter(values, requires_grad=False)
