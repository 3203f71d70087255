"""Beginnings of words and numbers inside the graph: section 11 of ``docs/hash-spec.md``, as ``hashing/in_graph.py``.

Sums run over the bytes of a text; what they were before a word begins is taken off, so that they start anew with it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from neurolite_core.hashing.clusters import Clusters
from neurolite_core.hashing.graph_arithmetic import (
    fraction,
    mix,
    of_text,
    rows_of,
    running_sums,
)
from neurolite_core.hashing.words import MODULUS, hash_constants
from neurolite_core.rules.beginnings import (
    FIRST_DIGIT,
    FUNCTIONS,
    LAST_DIGIT,
    PRODUCT_STEP,
    SUM_BASE,
    Beginnings,
)


class WordStarts(nn.Module):
    """What rules want to know of the inside of words.

    Args:
        table: of the prefixes.
    """

    weights: Tensor
    moves: Tensor
    rows: Tensor
    one: Tensor
    moduli: Tensor
    reciprocals: Tensor

    def __init__(self, table: Beginnings) -> None:
        super().__init__()
        self.table = table
        constants = hash_constants()
        # As ``GraphHash.weights``: lows of previous, own and next, highs of the three, accent, 1 inside, nothing; and
        # the same once more without the next.
        own = torch.zeros(FUNCTIONS, 9)
        own[:, :7] = torch.tensor(constants.weights[:FUNCTIONS, [0, 2, 5, 1, 3, 6, 4]])
        own[:, 7] = torch.tensor(constants.offsets[:FUNCTIONS])
        alone = own.clone()
        alone[:, [2, 5]] = 0
        weights = torch.cat([own, alone])[None]
        self._constant("weights", weights / MODULUS)
        self._constant("moves", torch.from_numpy(table.moves))
        self._constant("rows", torch.from_numpy(table.rows))
        self._constant("one", torch.ones(1, 1, 1))
        moduli = torch.tensor([float(SUM_BASE), 2.0**24])[None, :, None]
        self._constant("moduli", moduli)
        self._constant("reciprocals", 1.0 / moduli)

    def _constant(self, name: str, value: Tensor) -> None:
        self.register_buffer(name, value.to(torch.float32), persistent=False)

    def forward(self, clusters: Clusters, running: Tensor, byte: Tensor, length: int) -> Tensor:
        """Of each word twice the number of its longest prefix plus 1 if it is a number.

        Args:
            clusters: of ``GraphHash.read_clusters``.
            running: float32 (N, S / 64, 64), how many words' first clusters end up to each byte.
            byte: float32 (N, L + 1, 1), of ``first_ends``.
            length: L.

        Returns:
            int32 (N, L), 0 behind the last word.
        """
        batch, size = len(running), running.shape[1] * running.shape[2]
        others = clusters.inside - self.digits(clusters)
        rises = others * 0.0
        if self.table.count:
            rises = self.rises(clusters, running, byte) * clusters.inside
        summed = running_sums(torch.cat([rises, others], dim=1), self.moduli, self.reciprocals)
        summed = functional.pad(summed.reshape(batch, 2, size), (1, 0))
        at = self.gathered(summed, byte)  # (N, L + 1, 2)
        own = at[:, 1:] - at[:, :-1]
        prefix = fraction(own[..., :1] * (1.0 / SUM_BASE)) * float(SUM_BASE)
        code = prefix * 2.0
        if self.table.numbers:
            total = running[:, -1:, -1:]  # (N, 1, 1)
            slots = torch.arange(0, length, dtype=torch.float32, device=running.device)[:, None]
            real = (total - slots).clamp(0.0, 1.0)
            code = code + real * (1.0 - own[..., 1:].clamp(max=1.0))
        return code.reshape(batch, length).to(torch.int32)

    def digits(self, clusters: Clusters) -> Tensor:
        """1 where a digit ends, (N, 1, S)."""
        low, high = clusters.rows[:, 1:2], clusters.rows[:, 4:5]
        digit = (low - (FIRST_DIGIT - 1.0)).clamp(0.0, 1.0) * (LAST_DIGIT + 1.0 - low).clamp(
            0.0, 1.0
        )
        return digit * (self.one - high - clusters.accents).clamp(min=0.0) * clusters.inside

    def rises(self, clusters: Clusters, running: Tensor, byte: Tensor) -> Tensor:
        """What each letter adds to the number of the word's prefix, (N, 1, S); anything where none ends."""
        batch, _, size = clusters.inside.shape
        upper = torch.floor(fraction(mix(self.weights, clusters.rows)) * float(SUM_BASE))
        inner, last = (self.mixed(upper[:, at : at + FUNCTIONS]) for at in (0, FUNCTIONS))
        inner = inner * clusters.inside
        sums = running_sums(inner, self.one, self.one).reshape(batch, FUNCTIONS, size)
        before = self.gathered(functional.pad(sums, (1, 0)), byte)  # (N, L + 1, 3)
        sums = sums - inner + last
        slots = before.shape[1]
        # The word at each byte, from 0; what is behind the last slot is of no word that is read.
        word = (running.reshape(batch, 1, size) - 1.0).clamp(0.0, slots - 1.0)
        before = rows_of(before.reshape(batch * slots, FUNCTIONS), of_text(word, slots))
        own = fraction(sums.transpose(1, 2).reshape(batch * size, FUNCTIONS) - before)
        own = own * float(SUM_BASE)
        first, second, third = own[:, :1], own[:, 1:2], own[:, 2:]
        num_groups, num_places = len(self.moves), len(self.rows)
        group = fraction(second * (1.0 / num_groups)) * float(num_groups)
        place = fraction((first + rows_of(self.moves, group)) * (1.0 / num_places))
        found = rows_of(self.rows, place * float(num_places))
        missed = (found[:, :1] - first - second * float(SUM_BASE)).abs()
        missed = missed + (found[:, 1:2] - third).abs()
        return (found[:, 2:] * (1.0 - missed.clamp(max=1.0))).reshape(batch, 1, size)

    def mixed(self, upper: Tensor) -> Tensor:
        """Products of neighbouring rows (N, 3, S), below 2^24, as fractions of 4,096."""
        turned = torch.cat([upper[:, 1:], upper[:, :1]], dim=1)
        return fraction(torch.floor(upper * turned * (1.0 / PRODUCT_STEP)) * (1.0 / SUM_BASE))

    def gathered(self, sums: Tensor, byte: Tensor) -> Tensor:
        """Rows of sums (N, R, S + 1) at bytes (N, L + 1, 1) -> (N, L + 1, R)."""
        batch, rows, size = sums.shape
        found = rows_of(sums.transpose(1, 2).reshape(batch * size, rows), of_text(byte, size))
        return found.reshape(batch, byte.shape[1], rows)
