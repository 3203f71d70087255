"""The records that an addition or a correction comes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.ground.errors import InputError
from neurolite_core.ground.values import shown
from neurolite_runtimes.learning import records as rec
from neurolite_runtimes.learning.answering import Answer
from neurolite_runtimes.learning.memory import Memory

HEARD: Final = 8  # stored examples that a correction strengthens or weakens


@dataclass(frozen=True, slots=True)
class Made:
    """Records to write, and the ids of the examples that were given, written or there already."""

    records: tuple[rec.Record, ...]
    ids: tuple[int, ...]


def additions(
    memory: Memory, labels: Sequence[str], vectors: NDArray[np.float16], texts: Sequence[bytes]
) -> Made:
    """For N examples; one that a label has already, to the last bit of its vector, is not written again.

    A vector of zeros is left out.

    Raises:
        InputError: a label that cannot be, or too many of them or of examples.
    """
    new: dict[str, int] = {}
    made: list[rec.Record] = []
    ids: list[int] = []
    here: dict[tuple[int, bytes], int] = {}
    for label, vector, text in zip(labels, vectors, texts, strict=True):
        if not vector.any():
            continue
        number, named = named_label(memory, label, new)
        key = (number, vector.tobytes())
        known = here.get(key) or _stored(memory, number, vector)
        if known is None:
            made += [*named, _example(memory, number, vector, text, len(here))]
            known = here[key] = memory.next_id + len(here)
        ids.append(known)
    return Made(tuple(made), tuple(ids))


def correction(
    memory: Memory,
    vector: NDArray[np.float16],
    text: bytes,
    label: str,
    before: Answer | None,
) -> Made:
    """For a text that has this label, whatever was answered before.

    Raises:
        InputError: as of ``additions``.
    """
    number, made = named_label(memory, label, {})
    same = memory.same_as(vector)
    made += [
        rec.Relabel(item, number) for item in same if memory.labels[memory.row(item)] != number
    ]
    if not same:
        made.append(_example(memory, number, vector, text, 0))
    identity = same[0] if same else memory.next_id
    rewards = tuple(
        (item.id, 1.0 if item.label == label else -1.0)
        for item in (before.evidence if before else ())
        if item.id not in same
    )
    if rewards:
        made.append(rec.Use(rewards))
    answered = None if before is None else memory.number(before.label)
    made.append(rec.Correction(identity, rec.NO_LABEL if answered is None else answered))
    return Made(tuple(made), (identity,))


def named_label(memory: Memory, label: str, new: dict[str, int]) -> tuple[int, list[rec.Record]]:
    """The number of a label, and the record that makes it where it is new.

    Args:
        memory: of the store.
        label: its name.
        new: labels that records not yet applied make; it is added to.

    Raises:
        InputError: it cannot be called that, or there are too many.
    """
    known = memory.number(label)
    known = new.get(label) if known is None else known
    if known is not None:
        return known, []
    problem = rec.check_name(label)
    if problem is not None:
        raise InputError(f"Label {shown(label)} cannot be used: {problem}.")
    number = memory.next_label + len(new)
    if number >= rec.MAX_LABELS:
        raise InputError(
            f"A store takes {rec.MAX_LABELS:,} labels, those that were merged since it was last compacted too. "
            "Forget one that is not needed: that compacts it."
        )
    new[label] = number
    return number, [rec.NewLabel(number, label)]


def _example(
    memory: Memory, label: int, vector: NDArray[np.float16], text: bytes, place: int
) -> rec.Example:
    if memory.next_id + place > rec.MAX_ID:
        raise InputError(f"A store gives {rec.MAX_ID:,} ids; begin a new one.")
    if len(memory.alive) + place >= rec.MAX_EXAMPLES:
        raise InputError(
            f"A store takes {rec.MAX_EXAMPLES:,} examples, those that were removed since it was last compacted too. "
            "Forget the weakest, which compacts it: forget --keep N"
        )
    return memory.new_example(label, vector, text if memory.header.texts else b"", place)


def _stored(memory: Memory, label: int, vector: NDArray[np.float16]) -> int | None:
    same = memory.same_as(vector)
    return next((item for item in same if memory.labels[memory.row(item)] == label), None)
