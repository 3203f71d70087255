"""What a store has learned, label by label."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from neurolite_runtimes.learning.memory import Memory


@dataclass(frozen=True, slots=True)
class Label:
    """A learned label.

    Attributes:
        name: of the label.
        examples: how many are stored.
        prototypes: how many stand for them.
        trained: the artifact has a label of this name too; its texts and these examples then answer together.
    """

    name: str
    examples: int
    prototypes: int
    trained: bool


def labels_of(memory: Memory, trained: Collection[str]) -> list[Label]:
    """In the order in which they came.

    Args:
        memory: of the store.
        trained: labels of the artifact.
    """
    counts, known = memory.counts(), set(trained)
    return [
        Label(name, counts[number], len(memory.prototypes(number).means), name in known)
        for number, name in memory.names.items()
    ]
