"""The memory's path: a text's vector in, what is known from before added to it, and the next state."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from neurolite_core.network.initialise import initialise
from neurolite_core.network.memory.levels import LongTermMemory, PersistentMemory, WorkingMemory
from neurolite_core.network.memory.options import MemoryOptions
from neurolite_core.network.state_spec import StateSpec

Level = WorkingMemory | LongTermMemory | PersistentMemory

# Name of the option that is a level's size -> its module.
LEVELS: Final[Mapping[str, Callable[[int, MemoryOptions], Level]]] = MappingProxyType(
    {"working": WorkingMemory, "long_term": LongTermMemory, "persistent": PersistentMemory}
)


class MemoryPath(nn.Module):
    """Levels of memory between a text's vector and the head.

    Every read has a gate, sigmoid of the text; text and gated reads meet in one hidden layer, whose result is added to
    the text's vector. What is remembered is the vector that this gives, so that an entry knows what came before it.

    Args:
        size: D, of text vectors.
        options: the levels.
        dropout: of text and reads, during training.
    """

    def __init__(self, size: int, options: MemoryOptions, dropout: float) -> None:
        super().__init__()
        self.levels = nn.ModuleDict(
            {name: build(size, options) for name, build in LEVELS.items() if getattr(options, name)}
        )
        reads = sum(level.reads for level in self._levels())
        self.gates = nn.Linear(size, reads)
        self.join = nn.Linear((1 + reads) * size, options.hidden)
        self.add = nn.Linear(options.hidden, size)
        self.norm = nn.LayerNorm(size)
        self.dropout = nn.Dropout(dropout)
        for layer in (self.gates, self.join, self.add):
            initialise(layer)

    @property
    def specs(self) -> tuple[StateSpec, ...]:
        """Of all levels, in their order."""
        return tuple(spec for level in self._levels() for spec in level.specs)

    def forward(self, text: Tensor, state: Sequence[Tensor]) -> tuple[Tensor, tuple[Tensor, ...]]:
        """One text of each of N conversations.

        Args:
            text: float32 (N, D).
            state: of ``specs``, each (N, *shape).

        Returns:
            The vector that the head reads, float32 (N, D), and the state with it remembered.
        """
        places, reads, weights = self._places(state), [], []
        for level, own in zip(self._levels(), places, strict=True):
            found, how = level.read(text, own)
            reads.append(found)
            weights.append(how)
        joined = torch.cat(reads, dim=1) * torch.sigmoid(self.gates(text))[:, :, None]
        both = self.dropout(torch.cat([text, joined.flatten(1)], dim=1))
        entry: Tensor = self.norm(text + self.add(functional.relu(self.join(both))))
        following: list[Tensor] = []
        for level, own, how in zip(self._levels(), places, weights, strict=True):
            following += level.write(entry, own, how)
        return entry, tuple(following)

    def retrieved(self, text: Tensor, state: Sequence[Tensor]) -> dict[str, Tensor]:
        """For people: how strongly each place of each level was read, gates included, float32 (N, places)."""
        gates = torch.sigmoid(self.gates(text))[:, :, None]
        found, first = {}, 0
        for name, level, own in zip(self.levels, self._levels(), self._places(state), strict=True):
            _, weights = level.read(text, own)
            found[name] = (weights * gates[:, first : first + level.reads]).sum(dim=1)
            first += level.reads
        return found

    def _levels(self) -> list[Level]:
        return list(self.levels.values())  # type: ignore[arg-type]  # a ModuleDict forgets types

    def _places(self, state: Sequence[Tensor]) -> list[Sequence[Tensor]]:
        """Each level's part of the state."""
        found, first = [], 0
        for level in self._levels():
            found.append(state[first : first + len(level.specs)])
            first += len(level.specs)
        return found
