"""Products whose weights are 2:4 sparse: of every four that follow each other in a row, two are zero.

Mishra et al., "Accelerating Sparse Deep Neural Networks", 2021, arXiv:2104.08378, section 3. While training, the two
greatest of each four are used and all four learn (straight through: Zhou et al., "Learning N:M Fine-grained Structured
Sparse Neural Networks From Scratch", 2021, arXiv:2102.04010, without their decay). ``eval()`` sets the others to zero
for good, so that what is measured, saved and exported is sparse.
"""

from __future__ import annotations

from typing import Self

import torch
from torch import Tensor, nn
from torch.nn import functional

from neurolite_core.network.word_products import FromWords, ToWords


@torch.no_grad()
def two_of_four(weight: Tensor) -> Tensor:
    """Which weights stay: float32 (R, C) -> bool (R, C), the two greatest of each four, of equal ones the first.

    A last group of fewer than four keeps two as well.
    """
    rows, columns = weight.shape
    padded = functional.pad(weight.abs(), (0, -columns % 4), value=-1.0).reshape(rows, -1, 4)
    order = torch.sort(padded, dim=-1, descending=True, stable=True).indices[..., :2]
    kept = torch.zeros_like(padded, dtype=torch.bool).scatter(-1, order, True)
    return kept.reshape(rows, -1)[:, :columns]


class SparseLinear(nn.Linear):
    """``nn.Linear`` whose weights are 2:4 sparse."""

    def train(self, mode: bool = True) -> Self:
        """As PyTorch's; at the end of training the smaller two of every four weights become zero."""
        if not mode:
            with torch.no_grad():
                self.weight.mul_(two_of_four(self.weight))
        return super().train(mode)

    def used(self) -> Tensor:
        """Float32 (out, in), 2:4 sparse while training; behind it the weights are."""
        if not self.training:
            return self.weight
        sparse = self.weight * two_of_four(self.weight)
        return self.weight + (sparse - self.weight).detach()

    def forward(self, x: Tensor) -> Tensor:
        """x float32 (R, in) -> (R, out)."""
        return functional.linear(x, self.used(), self.bias)


class SparseFromWords(SparseLinear, FromWords):
    """``FromWords``, sparse: a text's first words are whole groups of four, and perhaps a part of one."""

    def forward(self, x: Tensor) -> Tensor:
        """x float32 (R, L), L at most ``in_features`` -> (R, S)."""
        return functional.linear(x, self.used()[:, : x.shape[1]], self.bias)


class SparseToWords(SparseLinear, ToWords):
    """``ToWords``, sparse."""

    def forward(self, x: Tensor, length: int) -> Tensor:  # type: ignore[override]  # as ``ToWords``
        """x float32 (R, S), length L at most ``out_features`` -> (R, L)."""
        return functional.linear(x, self.used()[:length], self.bias[:length])
