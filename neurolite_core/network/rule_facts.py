"""Table indices to facts: which word of the rules each word is, and which phrases stand in the text.

Everything is whole numbers below 2^24 in float32, so exact, in whatever order a runtime adds; the tables are those of
``neurolite_core.rules.program``.
"""

from __future__ import annotations

from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from neurolite_core.hashing.graph_arithmetic import fraction, rows_of
from neurolite_core.rules.program import Program
from neurolite_core.rules.word_table import KEYS


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
    columns: Tensor

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
        self._table("columns", torch.from_numpy(program.columns))

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
        return torch.bmm(numbers, self.weights)[0]

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

        Args:
            sets: which row of ``columns`` is true at each word, float32 (W, 1).
            batch: N.
            length: L, times N the number W of words.

        Returns:
            float32 (N, F), 0 and 1.
        """
        rows = rows_of(self.columns, sets).reshape(batch, length, -1)
        return self.added(rows).clamp(max=1.0)

    def added(self, rows: Tensor) -> Tensor:
        """float32 (N, L, F) -> (N, F)."""
        return rows.sum(dim=1)


_Module = TypeVar("_Module", bound=nn.Module)


def copied(module: nn.Module, kind: type[_Module]) -> _Module:
    """The same tables in a class of a target, which computes otherwise with them."""
    made = kind.__new__(kind)
    nn.Module.__init__(made)
    made.__dict__.update({key: value for key, value in module.__dict__.items() if key[0] != "_"})
    for name, value in module.named_buffers():
        made.register_buffer(name, value.clone(), persistent=False)
    return made
