"""The three levels of memory. Each reads for a text, and those with a state write what is to be remembered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from neurolite_core.network.initialise import initialise
from neurolite_core.network.memory.options import MemoryOptions
from neurolite_core.network.memory.retrieval import Retrieval
from neurolite_core.network.memory.slots import SlotWrite, filled_of
from neurolite_core.network.state_spec import StateSpec

WORKING: Final = "working"
WORKING_FILLED: Final = "working_filled"
LONG_TERM: Final = "long_term"
LONG_TERM_TEXTS: Final = "long_term_texts"
LONG_TERM_USE: Final = "long_term_use"

_OWN_AGE: Final = 4.0  # by which each read favours one age at the start
_BORDER: Final = 0.9  # the similarity above which a text is merged, at the start


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

    @property
    def favoured(self) -> Tensor:
        """How much each read favours each place, float32 (R, W)."""
        return self.ages

    def read(self, text: Tensor, state: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """text float32 (N, D) -> reads (N, R, D) and weights (N, R, W)."""
        vectors, filled = state
        found: tuple[Tensor, Tensor] = self.retrieval(text, vectors, filled, self.favoured)
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
        # Where a slot lies says nothing.
        self.register_buffer("favoured", torch.zeros(self.reads, self.slots), persistent=False)
        self.favoured: Tensor
        self.border = nn.Parameter(torch.tensor([[_BORDER]]))
        self.merging = SlotWrite(options.long_term)

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
        found: tuple[Tensor, Tensor] = self.retrieval(text, slots, filled_of(texts), self.favoured)
        return found

    def write(self, entry: Tensor, state: Sequence[Tensor], weights: Tensor) -> tuple[Tensor, ...]:
        """The state with an entry in it.

        Args:
            entry: float32 (N, D).
            state: of ``specs``.
            weights: float32 (N, R, S), of the reads of the same text.
        """
        slots, texts, used = state
        written: tuple[Tensor, ...] = self.merging(entry, slots, texts, used, weights, self.border)
        return written


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
