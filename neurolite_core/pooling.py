"""Word vectors to one text vector; padded words take no part, an empty text gives zeros."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from torch import Tensor


def mean_pool(x: Tensor, mask: Tensor) -> Tensor:
    """x float32 (N, L, H), mask float32 (N, L, 1) -> (N, H)."""
    return (x * mask).sum(dim=1) / mask.sum(dim=1).clamp(min=1.0)


def max_pool(x: Tensor, mask: Tensor) -> Tensor:
    """x float32 (N, L, H), mask float32 (N, L, 1) -> (N, H)."""
    lowest = (x - (1.0 - mask) * 1e4).amax(dim=1)
    return lowest * mask.amax(dim=1)


POOLING_FUNCTIONS: Final[Mapping[str, Callable[[Tensor, Tensor], Tensor]]] = MappingProxyType(
    {"mean": mean_pool, "max": max_pool}
)
