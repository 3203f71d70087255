"""What all backbones are: blocks one behind another, each of which gives words that a head can read."""

from __future__ import annotations

from torch import Tensor, nn


class LayeredBackbone(nn.Module):
    """Base of backbones, whose ``blocks`` are called with the words, the mask, and what ``beside`` gives."""

    blocks: nn.ModuleList

    def beside(self, x: Tensor, mask: Tensor) -> tuple[object, ...]:  # noqa: ARG002  # for those that need it
        """What every block is given beside words and mask, of what enters the first: nothing, if not overridden."""
        return ()

    def layers(self, x: Tensor, mask: Tensor) -> list[Tensor]:
        """Words behind each block, the first block's first; those that came in where there is no block.

        Args:
            x: float32 (N, L, H).
            mask: float32 (N, L, 1) of 0 and 1.

        Returns:
            float32 (N, L, H) each.
        """
        more, found = self.beside(x, mask), [x]
        for block in self.blocks:
            found.append(block(found[-1], mask, *more))
        return found[1:] or found

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """x float32 (N, L, H), mask float32 (N, L, 1) of 0 and 1 -> (N, L, H)."""
        return self.layers(x, mask)[-1]
