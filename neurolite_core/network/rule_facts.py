"""Table indices to facts: which word of the rules each word is, and which phrases stand in the text.

Everything is whole numbers below 2^24 in float32, or such numbers over a power of two, so exact, in whatever order a
runtime adds; the tables are those of ``neurolite_core.rules.program``.
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
from neurolite_core.rules.word_table import KEYS


class RuleFacts(nn.Module):
    """Columns of facts of each text.

    Args:
        program: compiled rules.
    """

    weights: Tensor
    moves: Tensor
    words: Tensor
    others: Tensor
    edges: Tensor
    sets: Tensor
    groups: Tensor
    places: Tensor
    ones: Tensor

    def __init__(self, program: Program) -> None:
        super().__init__()
        self.depth, table = program.trie.depth, program.table
        self.num_places, self.num_groups = len(table.keys), len(table.moves)
        # Rows of columns in groups of a power of two: a row is a group and a place in it.
        rows = program.columns
        self.width = 1 << max(1, math.ceil(math.log2(len(rows)) / 2))
        self.height = -(-len(rows) // self.width)
        padded = np.pad(rows, ((0, self.height * self.width - len(rows)), (0, 0)))
        self.columns = Product(padded.T)
        sets = np.concatenate(np.divmod(program.sets, self.width), axis=1)
        words, others = program.words, program.others
        if self.depth == 1:  # a word is all that there is to a phrase: its row at once
            known = words[:, KEYS].astype(np.int64)
            words = np.concatenate([words[:, :KEYS], sets[known]], axis=1)
            others = sets[others[:, 0].astype(np.int64)]
        # A place over the number of places, the keys, and the first one over the number of groups.
        place, *keys = table.weights
        sums = np.stack([place / self.num_places, *keys, keys[0] / self.num_groups], axis=1)
        self._table("weights", sums[None])  # (1, K, 4)
        self._table("moves", table.moves / self.num_places)
        self._table("words", words)
        self._table("others", others)
        self._table("edges", program.trie.edges)
        self._table("sets", sets)
        self._table("groups", np.arange(self.height)[:, None])
        self._table("places", np.arange(self.width))
        self._table("ones", np.ones((1, KEYS, 1)))

    def _table(self, name: str, value: np.ndarray) -> None:
        # Shaped by torch: numpy's strides of an axis of one may be 0, which ExecuTorch refuses.
        stored = torch.from_numpy(value.astype(np.float32).ravel()).reshape(value.shape)
        self.register_buffer(name, stored, persistent=False)

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
        found = self.of_words(numbers, starts)
        if self.depth > 1:
            found = rows_of(self.sets, self.phrases(found, batch, length))
        return self.true_of(found, batch, length)

    def of_words(self, numbers: Tensor, starts: Tensor | None) -> Tensor:
        """What stands in the tables of each word.

        Args:
            numbers: indices, float32 (1, W, K).
            starts: int (N, L), or None.

        Returns:
            float32 (W, 2): class and base of the class's node, or without phrases group and place of a row.
        """
        sums = torch.bmm(numbers, self.weights).reshape(-1, KEYS + 2)
        group = fraction(sums[:, KEYS + 1 :]) * float(self.num_groups)
        place = fraction(sums[:, :1] + rows_of(self.moves, group)) * float(self.num_places)
        found = rows_of(self.words, place)
        off = sums[:, 1 : KEYS + 1] - found[:, :KEYS]
        missed = torch.bmm((off * off).reshape(1, -1, KEYS), self.ones).reshape(-1, 1)
        hit = 1.0 - missed.clamp(max=1.0)
        found = found[:, KEYS:] * hit
        if starts is not None:
            found = found + rows_of(self.others, starts.to(torch.float32)) * (1.0 - hit)
        return found

    def phrases(self, found: Tensor, batch: int, length: int) -> Tensor:
        """The deepest node of the trie that the words from each one on lead to, float32 (W, 1).

        Args:
            found: classes, and bases of the classes' nodes, float32 (W, 2).
            batch: N.
            length: L, times N the number W of words.
        """
        node, base = found[:, :1], found[:, 1:]
        last = own = node
        behind = functional.pad(own.reshape(batch, 1, length), (0, self.depth - 1))
        for step in range(1, self.depth):
            # Ends counted from the back are constants in an exported graph, whatever the length.
            end = step - self.depth + 1
            following = behind[..., step : end if end else None].reshape(batch * length, 1)
            edge = rows_of(self.edges, base + following)
            edge = edge[:, 1:] * (1.0 - (edge[:, :1] - node).abs().clamp(max=1.0))
            node, base = edge[:, :1], edge[:, 1:]
            last = torch.maximum(last, node)  # deeper nodes have higher numbers
        return last

    def true_of(self, found: Tensor, batch: int, length: int) -> Tensor:
        """Columns that are true of any word.

        How often each row occurs is a product of two matrices of 0 and 1, of groups and of places in them: to gather a
        row for each word takes longer, as nearly all of them are the row of zeros.

        Args:
            found: which row of columns is true at each word, as group and place, float32 (W, 2).
            batch: N.
            length: L, times N the number W of words.

        Returns:
            float32 (N, F), 0 and 1.
        """
        groups = equal(found[:, :1].reshape(batch, 1, length), self.groups)
        places = equal(found[:, 1:].reshape(batch, length, 1), self.places)
        counts = torch.bmm(groups, places).reshape(batch, self.height * self.width)
        true: Tensor = self.columns(counts).clamp(max=1.0)
        return true


def equal(numbers: Tensor, others: Tensor) -> Tensor:
    """1 where whole numbers are the same, else 0."""
    return (1.0 - (numbers - others).abs()).clamp(min=0.0)
