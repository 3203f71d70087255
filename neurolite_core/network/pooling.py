"""Word vectors to one text vector; padded words take no part, an empty text gives zeros."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from torch import Tensor, nn
from torch.nn import functional


class MeanPooling(nn.Module):
    """The mean over words."""

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """x float32 (N, L, H), mask float32 (N, L, 1) -> (N, H)."""
        return (x * mask).sum(dim=1) / mask.sum(dim=1).clamp(min=1.0)


class MaxPooling(nn.Module):
    """The maximum over words, channel by channel."""

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """x float32 (N, L, H), mask float32 (N, L, 1) -> (N, H)."""
        lowest = (x - (1.0 - mask) * 1e4).amax(dim=1)
        return lowest * mask.amax(dim=1)


class LastPooling(nn.Module):
    """The last word."""

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """x float32 (N, L, H), mask float32 (N, L, 1) -> (N, H)."""
        following = functional.pad(mask, (0, 0, 0, 1))[:, 1:]
        return (x * (mask - following)).sum(dim=1)


class RootSum(nn.Module):
    """The sum over words divided by the root of their number: a text's bag of words."""

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """x float32 (N, L, E), zero where padded, mask float32 (N, L, 1) -> (N, E)."""
        return x.sum(dim=1) / mask.sum(dim=1).clamp(min=1.0).sqrt()


# Modules rather than functions, so that a target can replace one by its type.
POOLING_MODULES: Final[Mapping[str, Callable[[], nn.Module]]] = MappingProxyType(
    {"mean": MeanPooling, "max": MaxPooling, "last": LastPooling}
)
