"""The mixer's two products over the words of a text, each a module of its own, cut to the text's length."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional


class FromWords(nn.Linear):
    """Words to hidden units, by as many columns of the weights as there are words: (R, L) -> (R, S)."""

    def forward(self, x: Tensor) -> Tensor:
        """x float32 (R, L), L at most ``in_features`` -> (R, S)."""
        return functional.linear(x, self.weight[:, : x.shape[1]], self.bias)


class ToWords(nn.Linear):
    """Hidden units back to words, by as many rows of the weights as there are words: (R, S) -> (R, L)."""

    def forward(self, x: Tensor, length: int) -> Tensor:  # type: ignore[override]  # how many is not in x
        """x float32 (R, S), length L at most ``out_features`` -> (R, L)."""
        return functional.linear(x, self.weight[:length], self.bias[:length])
