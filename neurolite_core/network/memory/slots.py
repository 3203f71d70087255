"""How a text is written to one of S slots: merged with the most similar one, or in place of the least used.

Everything is smooth but the least used slot, which is chosen by rounded uses: what differs in the last bits between two
runtimes then stays that near, where an argmax over numbers that are nearly equal would tear two conversations apart.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn

from neurolite_core.network.memory.retrieval import Lengths, Scores, set_back

SHARPNESS: Final = 32.0
"""Of the most similar slot, and of the border between merging and taking another."""

GRID: Final = 16.0
"""Steps of 1 to which uses are rounded; more of them are one step apart in two runtimes more often."""

EMPTY: Final = 2.0
"""By which an empty slot lies below every used one."""

KEPT: Final = 0.95
"""Of a slot's use with each text."""

SMALLEST: Final = 1e-6
"""Product of two lengths by which is divided."""

_TIES: Final = 0.9  # of a step, over which slots of equal use are spread: the first is taken first
# Between one slot and the next of equal use, before the softmax: e^-12 is nothing. Of few slots, or many, uses are
# never all so large that the products are more than float16 has, as with each text they grow by 2 in all, and fade.
_ONLY: Final = 12.0


class SlotWrite(nn.Module):
    """The slots after a text, for S = ``slots`` of them."""

    def __init__(self, slots: int) -> None:
        super().__init__()
        self.slots, self.haste = slots, -_ONLY * slots / _TIES
        self.scores, self.lengths = Scores(), Lengths()
        ties = torch.arange(slots, dtype=torch.float32) * (_TIES / slots)
        self.register_buffer("ties", ties, persistent=False)
        self.ties: Tensor

    def forward(
        self,
        entry: Tensor,
        slots: Tensor,
        texts: Tensor,
        used: Tensor,
        weights: Tensor,
        border: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """One entry for each of N conversations.

        Args:
            entry: float32 (N, D).
            slots: float32 (N, S, D), means of the texts in them.
            texts: float32 (N, 1, S), how many these are.
            used: float32 (N, 1, S), reads and writes, which fade.
            weights: float32 (N, R, S), of the reads of the same text.
            border: float32 (1, 1), the similarity above which a text is merged.

        Returns:
            slots, texts and used as they are then.
        """
        filled, new = filled_of(texts), entry[:, None, :]
        lengths = (self.lengths(slots) * self.lengths(new)).clamp(min=SMALLEST)
        similar = self.scores(new, slots) / lengths.reshape(-1, 1, self.slots)
        energies = similar * SHARPNESS + set_back(filled)
        nearest = torch.softmax(energies, dim=-1)
        how = torch.sigmoid(energies.amax(dim=-1, keepdim=True) - border * SHARPNESS)
        steps = torch.floor((used + EMPTY) * filled * GRID) + self.ties
        least = torch.softmax(steps * self.haste, dim=-1)
        merged, taken = how * nearest, (1.0 - how) * least
        left, both = 1.0 - taken, merged + taken
        share = (merged / (texts + 1.0) + taken).reshape(-1, self.slots, 1)
        read = weights.mean(dim=1, keepdim=True)
        return (
            slots + share * (new - slots),
            texts * left + both,
            used * left * KEPT + read + both,
        )


def filled_of(texts: Tensor) -> Tensor:
    """1 for slots that hold a text, 0 for empty ones; in between where one was half given up for another."""
    return (2.0 * texts).clamp(max=1.0)
