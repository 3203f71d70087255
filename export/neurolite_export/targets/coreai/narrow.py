"""Float16 and int8: the network's products alone, never the hash and what rules make of a text.

A product's weight is stored in float16, or in int8 with a scale in float16 for each of its rows, which Core AI unpacks
(``blockwise_shift_scale``); its activations and its result are float16. All between products stays float32: sums and
norms of float16 numbers leave its range.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import parametrize
from torch.overrides import TorchFunctionMode

from neurolite_export.targets.coreai.tools import coreai_torch

_LIMIT: Final = 127
_SMALLEST_SCALE: Final = float(torch.finfo(torch.float16).smallest_normal)
_PRODUCTS: Final = (functional.linear, torch.bmm)

_unpack: Final = coreai_torch._compression.custom_layers.constexpr_blockwise_shift_scale


class HalfProducts(TorchFunctionMode):
    """Computes products that have an operand in float16 in that, and gives their results in float32."""

    def __torch_function__(  # noqa: D105
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:  # noqa: ANN401
        given: Mapping[str, Any] = kwargs or {}
        tensors = [each for each in (*args, *given.values()) if isinstance(each, Tensor)]
        if func not in _PRODUCTS or all(each.dtype != torch.float16 for each in tensors):
            return func(*args, **given)
        found: Tensor = func(*map(_half, args), **{key: _half(each) for key, each in given.items()})
        return found.to(torch.float32)


def _half(value: Any) -> Any:  # noqa: ANN401
    return value.to(torch.float16) if isinstance(value, Tensor) else value


class _Weights(TorchFunctionMode):
    """Notes where the weights of products lie in memory."""

    def __init__(self) -> None:
        super().__init__()
        self.places: set[int] = set()

    def __torch_function__(  # noqa: D105
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:  # noqa: ANN401
        if func is functional.linear:
            self.places.add(args[1].untyped_storage().data_ptr())
        return func(*args, **(kwargs or {}))


class _Unpacked(nn.Module):
    """A weight in int8 as float16.

    Args:
        scale: float16, with the weight's rank, of each row.
    """

    scale: Tensor

    def __init__(self, scale: Tensor) -> None:
        super().__init__()
        self.register_buffer("scale", scale)

    def forward(self, stored: Tensor) -> Tensor:
        """int8 -> float16."""
        found: Tensor = _unpack(stored, self.scale)
        return found


@torch.no_grad()
def narrow_products(whole: nn.Module, example: tuple[Tensor, ...], precision: str) -> None:
    """Stores the weights of a module's products in float16 or int8, in place.

    Args:
        whole: computes with ``HalfProducts`` afterwards.
        example: arguments to run it with, by which its products are found.
        precision: ``float16`` or ``int8``.
    """
    with _Weights() as seen:
        whole(*example)
    for owner in list(whole.modules()):
        for name, weight in list(owner.named_parameters(recurse=False)):
            if weight.untyped_storage().data_ptr() in seen.places:
                if precision == "int8":
                    _pack(owner, name, weight)
                else:
                    setattr(owner, name, _stored(weight.to(torch.float16)))


def _pack(owner: nn.Module, name: str, weight: Tensor) -> None:
    peaks = weight.abs().amax(dim=1, keepdim=True)
    scale = (peaks / _LIMIT).clamp(min=_SMALLEST_SCALE).to(torch.float16)
    # A scale that was rounded down to float16 would put the peak at 128.
    steps = torch.round(weight / scale.to(torch.float32)).clamp(-_LIMIT, _LIMIT)
    setattr(owner, name, _stored(steps.to(torch.int8)))
    parametrize.register_parametrization(owner, name, _Unpacked(scale), unsafe=True)


def _stored(values: Tensor) -> nn.Parameter:
    return nn.Parameter(values, requires_grad=False)
