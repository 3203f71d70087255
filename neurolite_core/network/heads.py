"""Text vector to answer; a new task adds its head here and a row in ``model.TASKS``."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn

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


class EmbeddingHead(nn.Module):
    """A text vector of length 1, for cosine search; an empty text keeps the zero vector."""

    def forward(self, pooled: Tensor) -> Tensor:
        """pooled float32 (N, H) -> float32 (N, H)."""
        length: Tensor = torch.linalg.vector_norm(pooled, dim=-1, keepdim=True)
        return pooled / length.clamp(min=_SMALLEST_LENGTH)
