"""The reference points in PyTorch: entries before each place to the logits of the entry there."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from neurolite_bench.generation.neural.shapes import LstmShape, Shape, TransformerShape

_SMALL: Final = 0.02


class WordNetwork(nn.Module, ABC):
    """What says the next entry.

    Args:
        entries: V.
        width: D.
        deviation: of the random numbers of the matrix that says them.
    """

    def __init__(self, entries: int, width: int, deviation: float) -> None:
        super().__init__()
        self.said = nn.Linear(width, entries)
        nn.init.normal_(self.said.weight, std=deviation)
        nn.init.zeros_(self.said.bias)

    @abstractmethod
    def forward(self, entries: Tensor) -> Tensor:
        """Entries int64 (N, T), each text behind its ``END`` of the text before -> vectors float32 (N, T, D)."""

    def logits(self, vectors: Tensor) -> Tensor:
        """vectors float32 (..., D) -> float32 (..., V)."""
        found: Tensor = self.said(vectors)
        return found


class LstmNetwork(WordNetwork):
    """``LstmShape``."""

    def __init__(self, shape: LstmShape) -> None:
        super().__init__(shape.entries, shape.width, shape.width**-0.5)
        self.shape = shape
        read = shape.read or shape.width
        self.read = nn.Embedding(shape.entries, shape.read) if shape.read else None
        # Gates in the order of torch: in, forget, new, out.
        self.inputs = nn.Parameter(torch.empty(4 * shape.hidden, read))
        self.states = nn.Parameter(torch.empty(4 * shape.hidden, shape.hidden))
        self.bias = nn.Parameter(torch.zeros(4 * shape.hidden))
        self.narrow = nn.Linear(shape.hidden, shape.width)
        nn.init.xavier_uniform_(self.inputs)
        for gate in self.states.detach().chunk(4):
            nn.init.orthogonal_(gate)
        with torch.no_grad():
            self.bias[shape.hidden : 2 * shape.hidden] = 1.0

    def forward(self, entries: Tensor) -> Tensor:
        """Entries int64 (N, T) -> float32 (N, T, D), from the state of nothing on."""
        shape = self.shape
        table = self.said.weight if self.read is None else self.read.weight
        if self.read is None:
            table = (
                table * shape.width**0.5
            )  # of length one where it is said, of numbers about one where it is read
        vectors = functional.embedding(entries, table)
        if self.training and shape.word_dropout:
            kept = torch.rand(entries.shape, device=entries.device) >= shape.word_dropout
            vectors = vectors * kept[..., None]
        vectors = self._locked(vectors)
        weights = functional.dropout(self.states, shape.recurrent_dropout, self.training)
        start = vectors.new_zeros(1, len(entries), shape.hidden)
        # One behind the other, as cuDNN wants them; its second bias adds nothing.
        every = (self.inputs, weights, self.bias, torch.zeros_like(self.bias))
        flat = torch.cat([each.flatten() for each in every])
        pieces = torch.split(flat, [each.numel() for each in every])
        parts = [piece.view_as(each) for piece, each in zip(pieces, every, strict=True)]
        hidden, _, _ = torch.lstm(
            vectors, (start, start), parts, True, 1, 0.0, self.training, False, True
        )
        return self._locked(self.narrow(self._locked(hidden)))

    def _locked(self, vectors: Tensor) -> Tensor:
        """One mask for all places of a text."""
        if not self.training or not self.shape.dropout:
            return vectors
        mask = functional.dropout(torch.ones_like(vectors[:, :1]), self.shape.dropout)
        return vectors * mask


class TransformerNetwork(WordNetwork):
    """``TransformerShape``."""

    def __init__(self, shape: TransformerShape) -> None:
        # Small, as what is read goes past the layers to where it would say itself.
        super().__init__(shape.entries, shape.width, _SMALL)
        self.shape = shape
        same = shape.width == shape.hidden
        self.widen = nn.Identity() if same else nn.Linear(shape.width, shape.hidden)
        self.layers = nn.ModuleList(TransformerLayer(shape) for _ in range(shape.layers))
        self.norm = nn.LayerNorm(shape.hidden)
        self.narrow = nn.Identity() if same else nn.Linear(shape.hidden, shape.width)

    def forward(self, entries: Tensor) -> Tensor:
        """Entries int64 (N, T) -> float32 (N, T, D), of no words before."""
        shape = self.shape
        vectors = functional.embedding(entries, self.said.weight) * shape.width**0.5
        hidden = functional.dropout(self.widen(vectors), shape.dropout, self.training)
        places = torch.arange(entries.shape[1], device=entries.device)
        distance = places[:, None] - places
        for layer in self.layers:
            hidden = layer(hidden, distance)
        found: Tensor = self.narrow(self.norm(hidden))
        return functional.dropout(found, shape.dropout, self.training)


class TransformerLayer(nn.Module):
    """Attention to the words before, and two products with a GELU between."""

    def __init__(self, shape: TransformerShape) -> None:
        super().__init__()
        self.shape = shape
        hidden = shape.hidden
        self.first, self.second = nn.LayerNorm(hidden), nn.LayerNorm(hidden)
        self.asked = nn.Linear(hidden, 3 * hidden)  # queries, keys, values
        self.mixed = nn.Linear(hidden, hidden)
        self.up, self.down = nn.Linear(hidden, shape.inner), nn.Linear(shape.inner, hidden)
        # A logit for each distance, which begins as in ALiBi (arXiv:2108.12409).
        slopes = 2.0 ** (-8.0 * torch.arange(1, shape.heads + 1) / shape.heads)
        self.distances = nn.Parameter(-slopes[:, None] * torch.arange(float(shape.window)))
        for linear in (self.asked, self.mixed, self.up, self.down):
            nn.init.normal_(linear.weight, std=hidden**-0.5)
            nn.init.zeros_(linear.bias)
        for linear in (self.mixed, self.down):
            nn.init.normal_(linear.weight, std=_SMALL / math.sqrt(2 * shape.layers))

    def forward(self, hidden: Tensor, distance: Tensor) -> Tensor:
        """hidden float32 (N, T, H), distance int64 (T, T) of each place to each -> float32 (N, T, H)."""
        shape = self.shape
        rows, length, size = hidden.shape
        asked = self.asked(self.first(hidden)).view(rows, length, 3, shape.heads, -1)
        queries, keys, values = asked.permute(2, 0, 3, 1, 4)  # (N, heads, T, H / heads) each
        logits = queries @ keys.transpose(2, 3) / math.sqrt(size / shape.heads)
        seen = (distance >= 0) & (distance < shape.window)
        logits = logits + self.distances[:, distance.clamp(0, shape.window - 1)]
        shares = logits.masked_fill(~seen, -math.inf).softmax(dim=-1)
        shares = functional.dropout(shares, shape.dropout, self.training)
        read = (shares @ values).transpose(1, 2).reshape(rows, length, size)
        hidden = hidden + functional.dropout(self.mixed(read), shape.dropout, self.training)
        inner = functional.gelu(self.up(self.second(hidden)))
        return hidden + functional.dropout(self.down(inner), shape.dropout, self.training)


def make_network(shape: Shape) -> WordNetwork:
    """Random weights of a shape."""
    return LstmNetwork(shape) if isinstance(shape, LstmShape) else TransformerNetwork(shape)
