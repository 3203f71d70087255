"""A head over words: of each word the logits of its tags, in the light of its neighbours on both sides."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from neurolite_core.answer.spans import num_tags
from neurolite_core.network.spans_options import SpansOptions


class NeighbourMixing(nn.Module):
    """Adds to each word what a layer makes of it and its two neighbours: (N, L, D) -> (N, L, D)."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.linear = nn.Linear(3 * width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """x float32 (N, L, D), mask float32 (N, L, 1) of 0 and 1 -> (N, L, D)."""
        batch, length, width = x.shape
        padded = functional.pad(self.norm(x) * mask, (0, 0, 1, 1))
        joined = torch.cat([padded[:, :-2], padded[:, 1:-1], padded[:, 2:]], dim=-1)
        mixed = self.linear(joined.reshape(batch * length, 3 * width))
        # In this order: onnxruntime would make one float32 operation of an int8 product and a ReLU right behind it.
        y: Tensor = x + self.dropout(functional.relu(mixed.reshape(batch, length, width)))
        return y


class SpanPath(nn.Module):
    """The backbone's vector of each word and the word's own one to tags.

    Args:
        hidden_size: H, of the backbone's vectors.
        projection_size: E, of the words' own.
        options: types, width D and layers.
        dropout: probability during training.
    """

    def __init__(
        self, hidden_size: int, projection_size: int, options: SpansOptions, dropout: float
    ) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.first = nn.Linear(hidden_size + projection_size, options.width)
        self.layers = nn.ModuleList(
            NeighbourMixing(options.width, dropout) for _ in range(options.layers)
        )
        self.norm = nn.LayerNorm(options.width)
        self.last = nn.Linear(options.width, num_tags(len(options.types)))

    def forward(self, hidden: Tensor, words: Tensor, mask: Tensor) -> Tensor:
        """Logits of the words' tags.

        Args:
            hidden: float32 (N, L, H), the backbone's.
            words: float32 (N, L, E), zero where padded.
            mask: float32 (N, L, 1), 1 for real words.

        Returns:
            float32 (N, L, T), T = 1 + 2 * types in the order of ``answer.spans.tag_names``; padded words have values
            that nobody reads.
        """
        batch, length, _ = hidden.shape
        both = torch.cat([hidden, words], dim=-1).reshape(batch * length, -1)
        x = self.first(self.dropout(both)).reshape(batch, length, -1)
        for layer in self.layers:
            x = layer(x, mask)
        x = self.dropout(self.norm(x)).reshape(batch * length, -1)
        tags: Tensor = self.last(x).reshape(batch, length, -1)
        return tags
