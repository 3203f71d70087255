"""The three levels of memory. Each reads for a text, and those with a state write what is to be remembered.

Everything is smooth but the least used slot, which is chosen by rounded uses: what differs in the last bits between two
runtimes then stays that near, where an argmax over numbers that are nearly equal would tear two conversations apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from neurolite_core.network.initialise import initialise
from neurolite_core.network.memory.options import MemoryOptions
from neurolite_core.network.memory.retrieval import Lengths, Retrieval, Scores, set_back
from neurolite_core.network.state_spec import StateSpec

WORKING: Final = "working"
WORKING_FILLED: Final = "working_filled"
LONG_TERM: Final = "long_term"
LONG_TERM_TEXTS: Final = "long_term_texts"
LONG_TERM_USE: Final = "long_term_use"

_OWN_AGE: Final = 4.0  # by which each read favours one age at the start
_SHARPNESS: Final = (
    32.0  # of the most similar slot, and of the border between merging and taking another
)
_GRID: Final = 16.0  # steps of 1 to which uses are rounded; more of them are one step apart in two runtimes more often
_EMPTY: Final = 2.0  # by which an empty slot lies below every used one
_TIES: Final = 0.9  # of a step, over which slots of equal use are spread: the first is taken first
# Between one slot and the next of equal use, before the softmax: e^-12 is nothing. Of few slots, or many, uses are never
# all so large that the products are more than float16 has, as with each text they grow by 2 in all, and fade.
_ONLY: Final = 12.0
_KEPT: Final = 0.95  # of a slot's use with each text
_BORDER: Final = 0.9  # the similarity above which a text is merged, at the start
_SMALLEST: Final = 1e-6


class WorkingMemory(nn.Module):
    """The last W texts in their order: slot 0 is the last one, and the oldest falls out.

    Each read learns how much it favours each age (``ages``), beside what it looks for: a place that is part of the key.
    """

    def __init__(self, size: int, options: MemoryOptions) -> None:
        super().__init__()
        self.size, self.slots, self.reads = size, options.working, options.working_heads
        self.retrieval = Retrieval(size, self.reads, options.key_size, options.steps)
        ages = torch.zeros(self.reads, self.slots)
        for read in range(self.reads):
            ages[read, min(read, self.slots - 1)] = _OWN_AGE
        self.ages = nn.Parameter(ages)

    @property
    def specs(self) -> tuple[StateSpec, ...]:
        """Vectors (W, D), and 1 where there is one (1, W)."""
        return (
            StateSpec(name=WORKING, shape=(self.slots, self.size)),
            StateSpec(name=WORKING_FILLED, shape=(1, self.slots)),
        )

    def read(self, text: Tensor, state: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """text float32 (N, D) -> reads (N, R, D) and weights (N, R, W)."""
        vectors, filled = state
        found: tuple[Tensor, Tensor] = self.retrieval(text, vectors, filled, self.ages)
        return found

    def write(self, entry: Tensor, state: Sequence[Tensor], _: Tensor) -> tuple[Tensor, ...]:
        """entry float32 (N, D) -> the state with it in slot 0."""
        vectors, filled = state
        return (
            torch.cat([entry[:, None, :], vectors[:, : self.slots - 1]], dim=1),
            functional.pad(filled[:, :, : self.slots - 1], (1, 0), value=1.0),
        )


class LongTermMemory(nn.Module):
    """S slots. A write merges with the most similar one above a learned similarity, else takes the least used.

    A slot is the mean of the texts that were merged in it. Its use is counted in reads and writes, which fade.
    """

    def __init__(self, size: int, options: MemoryOptions) -> None:
        super().__init__()
        self.size, self.slots, self.reads = size, options.long_term, options.long_term_heads
        self.retrieval = Retrieval(size, self.reads, options.key_size, options.steps)
        self.border = nn.Parameter(torch.tensor([[_BORDER]]))
        self.scores, self.lengths = Scores(), Lengths()
        ties = torch.arange(options.long_term, dtype=torch.float32) * (_TIES / options.long_term)
        self.register_buffer("ties", ties, persistent=False)
        self.ties: Tensor

    @property
    def specs(self) -> tuple[StateSpec, ...]:
        """Means (S, D), texts that are in each (1, S), and its use (1, S)."""
        return (
            StateSpec(name=LONG_TERM, shape=(self.slots, self.size)),
            StateSpec(name=LONG_TERM_TEXTS, shape=(1, self.slots)),
            StateSpec(name=LONG_TERM_USE, shape=(1, self.slots)),
        )

    def read(self, text: Tensor, state: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """text float32 (N, D) -> reads (N, R, D) and weights (N, R, S)."""
        slots, texts, _ = state
        found: tuple[Tensor, Tensor] = self.retrieval(text, slots, _filled(texts))
        return found

    def write(self, entry: Tensor, state: Sequence[Tensor], weights: Tensor) -> tuple[Tensor, ...]:
        """The state with an entry in it.

        Args:
            entry: float32 (N, D).
            state: of ``specs``.
            weights: float32 (N, R, S), of the reads of the same text.
        """
        slots, texts, used = state
        filled, new = _filled(texts), entry[:, None, :]
        lengths = (self.lengths(slots) * self.lengths(new)).clamp(min=_SMALLEST)
        similar = self.scores(new, slots) / lengths.reshape(-1, 1, self.slots)
        energies = similar * _SHARPNESS + set_back(filled)
        nearest = torch.softmax(energies, dim=-1)
        how = torch.sigmoid(energies.amax(dim=-1, keepdim=True) - self.border * _SHARPNESS)
        steps = torch.floor((used + _EMPTY) * filled * _GRID) + self.ties
        least = torch.softmax(steps * (-_ONLY * self.slots / _TIES), dim=-1)
        merged, taken = how * nearest, (1.0 - how) * least
        left, both = 1.0 - taken, merged + taken
        share = (merged / (texts + 1.0) + taken).reshape(-1, self.slots, 1)
        read = weights.mean(dim=1, keepdim=True)
        return (
            slots + share * (new - slots),
            texts * left + both,
            used * left * _KEPT + read + both,
        )


def _filled(texts: Tensor) -> Tensor:
    """1 for slots that hold a text, 0 for empty ones; in between where one was half given up for another."""
    return (2.0 * texts).clamp(max=1.0)


class PersistentMemory(nn.Module):
    """P patterns with keys, both weights: what no conversation changes."""

    reads: Final = 1

    def __init__(self, size: int, options: MemoryOptions) -> None:
        super().__init__()
        self.steps = options.steps
        self.query = nn.Linear(size, options.key_size)
        initialise(self)
        count = options.persistent
        self.log_beta = nn.Parameter(torch.tensor([[options.key_size**-0.5]]).log())
        self.keys = nn.Parameter(torch.randn(count, options.key_size))
        self.values = nn.Parameter(torch.randn(size, count))

    @property
    def specs(self) -> tuple[StateSpec, ...]:
        """None."""
        return ()

    def read(self, text: Tensor, _: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """text float32 (N, D) -> reads (N, 1, D) and weights (N, 1, P)."""
        query, beta = self.query(text), self.log_beta.exp()
        weights = torch.softmax(functional.linear(query, self.keys) * beta, dim=-1)
        for _step in range(self.steps - 1):
            query = (weights[:, :, None] * self.keys).sum(dim=1)
            weights = torch.softmax(functional.linear(query, self.keys) * beta, dim=-1)
        return functional.linear(weights, self.values)[:, None, :], weights[:, None, :]

    def write(self, _: Tensor, __: Sequence[Tensor], ___: Tensor) -> tuple[Tensor, ...]:
        """Nothing."""
        return ()
