"""States that follow words, each of which says what to keep and what to add; without parameters of their own."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from neurolite_core.network.scan import reach_of, scan_on


def softplus(x: Tensor) -> Tensor:
    """log(1 + e^x) by operators that every target takes; PyTorch's own chooses by a comparison."""
    return functional.relu(x) + torch.log(1.0 + torch.exp(-torch.abs(x)))


def what_words_say(
    steps: Tensor, chosen: Tensor, v: Tensor, mask: Tensor, log_decay: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Factors and inputs of the state, each float32 (N, L, S D), and how it is read (N, L, S, 1).

    Args:
        steps: before their softplus, float32 (N, L, D).
        chosen: its last 2 S numbers of each word are those that enter and those that leave, float32 (N, L, R + 2 S).
        v: float32 (N, L, D).
        mask: float32 (N, L, 1) of 0 and 1.
        log_decay: float32 (S, D).
    """
    batch, length, inner = v.shape
    size = len(log_decay)
    rank = chosen.shape[-1] - 2 * size
    # No step where padded: the factor is 1 and nothing is added.
    step = (softplus(steps) * mask)[:, :, None]
    enter = chosen[:, :, rank : rank + size, None]  # (N, L, S, 1)
    leave = chosen[:, :, rank + size :, None]
    factors = torch.exp(step * -torch.exp(log_decay))  # (N, L, S, D)
    inputs = enter * (step[:, :, 0] * v)[:, :, None]
    flat = (batch, length, size * inner)
    return factors.reshape(flat), inputs.reshape(flat), leave


def read_states(kept: Tensor, leave: Tensor, v: Tensor, skip: Tensor) -> Tensor:
    """States (N, L, S D), how they are read (N, L, S, 1), v (N, L, D) and its share (D) -> y (N, L, D)."""
    batch, length, inner = v.shape
    found = (kept.reshape(batch, length, -1, inner) * leave).sum(dim=2)
    return found + v * skip


class SelectiveStates(nn.Module):
    """States that go on; a module, so that a target can replace it by its type.

    Args:
        max_words: that are read in one call at most.
    """

    def __init__(self, max_words: int) -> None:
        super().__init__()
        self.max_words = max_words

    def forward(
        self,
        steps: Tensor,
        chosen: Tensor,
        v: Tensor,
        mask: Tensor,
        first: Tensor,
        kept: Tensor,
        log_decay: Tensor,
        skip: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Words more.

        Args:
            steps: float32 (N L, D), and so on, a row for each word: as of ``what_words_say``.
            chosen: float32 (N L, R + 2 S).
            v: float32 (N L, D).
            mask: float32 (N, L, 1).
            first: as of ``scan_on``.
            kept: float32 (N, S D).
            log_decay: float32 (S, D).
            skip: float32 (D).

        Returns:
            y float32 (N L, D), and the next state (N, S D).
        """
        batch, length, _ = mask.shape
        steps, chosen, v = (own.reshape(batch, length, -1) for own in (steps, chosen, v))
        factors, inputs, leave = what_words_say(steps, chosen, v, mask, log_decay)
        states, kept = scan_on(factors, inputs, first, kept, reach_of(v, self.max_words))
        y = read_states(states, leave, v, skip)
        return y.reshape(batch * length, -1), kept
