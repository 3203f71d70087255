"""Where words stand, inside the graph: section 12 of ``docs/hash-spec.md``, in the arithmetic of ``in_graph.py``.

Clusters are known at their last bytes. So a word starts where its first cluster ends, less that one's bytes; and its
own bytes are those of all its clusters, a difference of running sums, as there is nothing between them.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from neurolite_core.hashing.clusters import Clusters
from neurolite_core.hashing.graph_arithmetic import of_text, rows_of, running_sums

_NEVER_REACHED = 2.0**24


class GraphOffsets(nn.Module):
    """First byte of each word, and the one behind its last."""

    modulus: Tensor
    reciprocal: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("modulus", torch.full((1, 1, 1), _NEVER_REACHED), persistent=False)
        self.register_buffer("reciprocal", 1.0 / self.modulus, persistent=False)

    def forward(self, clusters: Clusters, running: Tensor, byte: Tensor, length: int) -> Tensor:
        """Offsets of the first ``length`` words.

        Args:
            clusters: of ``GraphHash.read_clusters``, with their lengths.
            running: float32 (N, S / 64, 64), how many words' first clusters end up to each byte.
            byte: float32 (N, L + 1, 1), of ``first_ends``.
            length: L.

        Returns:
            int32 (N, L, 2), 0 behind the last word.
        """
        assert clusters.lengths is not None  # noqa: S101  # whoever asks for offsets has them read
        batch, _, size = clusters.inside.shape
        lengths = clusters.lengths * clusters.inside
        sums = running_sums(lengths, self.modulus, self.reciprocal).reshape(batch, 1, size)
        # Sums up to but without a byte, and the length at it; S, behind the text, has a place as well.
        both = torch.cat([functional.pad(sums, (1, 0)), functional.pad(lengths, (0, 1))], dim=1)
        table = both.transpose(1, 2).reshape(batch * (size + 1), 2)
        at = rows_of(table, of_text(byte, size + 1)).reshape(batch, length + 1, 2)
        start = byte[:, :length] + 1.0 - at[:, :length, 1:]
        end = start + at[:, 1:, :1] - at[:, :length, :1]
        slots = torch.arange(0, length, dtype=torch.float32, device=byte.device)[:, None]
        real = (running[:, -1:, -1:] - slots).clamp(0.0, 1.0)
        return (torch.cat([start, end], dim=2) * real).to(torch.int32)
