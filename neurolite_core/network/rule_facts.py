"""Table indices to facts: which word of the rules each word is, and which phrases stand in the text.

Everything is whole numbers below 2^24 in float32, so exact, in whatever order a runtime adds; the tables are those of
``neurolite_core.rules.program``.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from neurolite_core.hashing.graph_arithmetic import fraction, rows_of
from neurolite_core.network.rule_effects import Product
from neurolite_core.rules.program import Program
from neurolite_core.rules.word_table import KEYS, SUMS


class RuleFacts(nn.Module):
    """Columns of facts of each text. A module of its own, so that a target can replace it by its type.

    Args:
        program: compiled rules.
    """

    weights: Tensor
    moves: Tensor
    words: Tensor
    others: Tensor
    edges: Tensor
    sets: Tensor
    rows: Tensor
    places: Tensor

    def __init__(self, program: Program) -> None:
        super().__init__()
        self.depth = program.trie.depth
        table = program.table
        self.num_places, self.num_groups = len(table.keys), len(table.moves)
        self._table("weights", torch.from_numpy(table.weights.T.copy())[None])  # (1, K, 3)
        self._table("moves", torch.from_numpy(table.moves))
        self._table("words", torch.from_numpy(program.words))
        self._table("others", torch.from_numpy(program.others))
        self._table("edges", torch.from_numpy(program.trie.edges))
        self._table("sets", torch.from_numpy(program.sets))
        # Rows in groups of a power of two, so that a row's number is that of a group and one in it.
        rows = program.columns
        self.width = 1 << max(1, math.ceil(math.log2(len(rows)) / 2))
        self.height = -(-len(rows) // self.width)
        padded = np.pad(rows, ((0, self.height * self.width - len(rows)), (0, 0)))
        self.columns = Product(padded.T)
        self._table("rows", torch.arange(self.height)[:, None])
        self._table("places", torch.arange(self.width))

    def _table(self, name: str, value: Tensor) -> None:
        self.register_buffer(name, value.to(torch.float32), persistent=False)

    def forward(self, indices: Tensor, starts: Tensor | None = None) -> Tensor:
        """Facts of each text.

        Args:
            indices: int (N, L, K), 0 where there is no word.
            starts: int (N, L), of rules that look inside words, ``word_starts``.

        Returns:
            float32 (N, F), 0 and 1.
        """
        batch, length, num_hashes = indices.shape
        numbers = indices.to(torch.float32).reshape(1, batch * length, num_hashes)
        own, base = self.classes(self.sums(numbers), starts)
        last = self.phrases(own, base, batch, length) if self.depth > 1 else own
        return self.true_of(rows_of(self.sets, last), batch, length)

    def sums(self, numbers: Tensor) -> Tensor:
        """Weighted sums of the words' indices float32 (1, W, K) -> (W, 3)."""
        return torch.bmm(numbers, self.weights).reshape(-1, SUMS)

    def modulo(self, numbers: Tensor, size: int) -> Tensor:
        """Numbers from 0 modulo a power of two."""
        return fraction(numbers * (1.0 / size)) * float(size)

    def classes(self, sums: Tensor, starts: Tensor | None) -> tuple[Tensor, Tensor]:
        """Class and base of each word by its sums float32 (W, 3); float32 (W, 1) each."""
        place, keys = sums[:, :1], sums[:, 1:]
        group = self.modulo(keys[:, :1], self.num_groups)
        place = self.modulo(place + rows_of(self.moves, group), self.num_places)
        found = rows_of(self.words, place)
        missed = (keys - found[:, :KEYS]).abs()
        hit = 1.0 - (missed[:, :1] + missed[:, 1:]).clamp(max=1.0)
        found = found[:, KEYS:] * hit
        if starts is not None:
            found = found + rows_of(self.others, starts.to(torch.float32)) * (1.0 - hit)
        return found[:, :1], found[:, 1:]

    def phrases(self, own: Tensor, base: Tensor, batch: int, length: int) -> Tensor:
        """The deepest node of the trie that the words from each one on lead to, float32 (W, 1).

        Args:
            own: classes, float32 (W, 1).
            base: of the classes' nodes, float32 (W, 1).
            batch: N.
            length: L, times N the number W of words.
        """
        last = node = own
        behind = functional.pad(own.reshape(batch, 1, length), (0, self.depth - 1))
        for step in range(1, self.depth):
            # Ends counted from the back are constants in an exported graph, whatever the length.
            end = step - self.depth + 1
            following = behind[..., step : end if end else None].reshape(batch * length, 1)
            found = rows_of(self.edges, base + following)
            hit = 1.0 - (found[:, :1] - node).abs().clamp(max=1.0)
            found = found[:, 1:] * hit
            node, base = found[:, :1], found[:, 1:]
            last = torch.maximum(last, node)  # deeper nodes have higher numbers
        return last

    def true_of(self, sets: Tensor, batch: int, length: int) -> Tensor:
        """Columns that are true of any word.

        How often each row occurs is a product of two matrices of 0 and 1, of groups and of places in them: to gather a
        row for each word takes longer, as nearly all of them are the row of zeros.

        Args:
            sets: which row of columns is true at each word, float32 (W, 1).
            batch: N.
            length: L, times N the number W of words.

        Returns:
            float32 (N, F), 0 and 1.
        """
        group = torch.floor(sets * (1.0 / self.width))
        place = sets - group * float(self.width)
        groups = equal(group.reshape(batch, 1, length), self.rows)
        places = equal(place.reshape(batch, length, 1), self.places)
        counts = torch.bmm(groups, places).reshape(batch, self.height * self.width)
        found: Tensor = self.columns(counts).clamp(max=1.0)
        return found


def equal(numbers: Tensor, others: Tensor) -> Tensor:
    """1 where whole numbers are the same, else 0."""
    return (1.0 - (numbers - others).abs()).clamp(min=0.0)
