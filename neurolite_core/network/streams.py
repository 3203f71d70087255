"""What a backbone has that reads on from a state, any number of words at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from torch import Tensor


@runtime_checkable
class Streams(Protocol):
    """A causal backbone whose blocks keep a few numbers of all words so far."""

    def initial_state(self, batch: int) -> tuple[Tensor, ...]:
        """Zeros float32 (N, 1, C) of each block; C may differ from block to block."""

    def go_on(
        self, x: Tensor, mask: Tensor, first: Tensor, state: Sequence[Tensor]
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """What ``forward`` gives for the last L of all words so far, by the same weights.

        Args:
            x: float32 (N L, H), a row for each word: products then need no other shape.
            mask: float32 (N, L, 1), 1 for real words, which stand in front of padding.
            first: float32 (L, 1), 1 for the first place and 0 for all others.
            state: float32 (N, C) of each block, of the words before these.

        Returns:
            float32 (N L, H), and the next state, which padding leaves as it is.
        """
