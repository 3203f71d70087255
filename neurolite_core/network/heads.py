"""Text vector to answer; a new task adds its head here and a row in ``model.TASKS``."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn

LENGTH: Final = 16.0
_SMALLEST_LENGTH: Final = 1e-12


class ClassificationHead(nn.Module):
    """One label per text: (N, H) -> logits (N, C)."""

    def __init__(self, hidden_size: int, num_labels: int, dropout: float) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.linear = nn.Linear(hidden_size, num_labels)

    def forward(self, pooled: Tensor) -> Tensor:
        """pooled float32 (N, H) -> float32 (N, C)."""
        logits: Tensor = self.linear(self.dropout(pooled))
        return logits


class BagHead(nn.Module):
    """The bag of a text's words and the backbone's vector, added: (N, E) and (N, H) -> (N, E), of length ``LENGTH``.

    The length is that at which a softmax over cosines separates labels (arXiv:1703.09507), and gives each component
    the size that a norm over E would.
    """

    def __init__(self, hidden_size: int, text_size: int) -> None:
        super().__init__()
        self.linear = nn.Linear(hidden_size, text_size)
        self.unit = EmbeddingHead()

    def forward(self, bag: Tensor, pooled: Tensor) -> Tensor:
        """bag float32 (N, E), pooled float32 (N, H) -> float32 (N, E); an empty text has no bag, but a vector."""
        vector: Tensor = self.unit(bag + self.linear(pooled)) * LENGTH
        return vector


class EntryHead(nn.Module):
    """A vector to the logits of a vocabulary, whose matrix is most of a generator: over D numbers rather than H.

    Args:
        hidden_size: H.
        size: D.
        entries: V.
        dropout: probability during training.
    """

    def __init__(self, hidden_size: int, size: int, entries: int, dropout: float) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.narrow = nn.Linear(hidden_size, size)
        self.entries = nn.Linear(size, entries)

    def forward(self, vectors: Tensor) -> Tensor:
        """vectors float32 (..., H) -> float32 (..., V)."""
        logits: Tensor = self.entries(self.narrow(self.dropout(vectors)))
        return logits


class EmbeddingHead(nn.Module):
    """A text vector of length 1, for cosine search; an empty text keeps the zero vector."""

    def forward(self, pooled: Tensor) -> Tensor:
        """pooled float32 (N, H) -> float32 (N, H)."""
        length: Tensor = torch.linalg.vector_norm(pooled, dim=-1, keepdim=True)
        return pooled / length.clamp(min=_SMALLEST_LENGTH)
