"""Files of turns to conversations: rows of one name, in their order. They are held in memory whole."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.answer.labels import check_labels
from neurolite_core.data.readers import open_source
from neurolite_core.data.rows import Row
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.values import joined, listed
from neurolite_core.training.sources import DEFAULT_FRACTION, DataFiles, share_or_file

UNLABELLED: Final = -1


@dataclass(frozen=True, slots=True, eq=False)
class Conversations:
    """Turns, those of one conversation side by side and in order.

    Attributes:
        texts: of all R turns.
        label_ids: int64 [R], places in ``labels``; ``UNLABELLED`` where a turn is read but not asked about.
        bounds: int64 [C + 1]: conversation c has the turns from ``bounds[c]`` up to ``bounds[c + 1]``.
        labels: names; behind those of the training data the ones that only these turns have.
        described: how the files were read, for people.
        digest: of what decides all of this.
    """

    texts: tuple[str, ...]
    label_ids: NDArray[np.int64]
    bounds: NDArray[np.int64]
    labels: tuple[str, ...]
    described: tuple[str, ...]
    digest: str

    def __len__(self) -> int:
        """Conversations."""
        return len(self.bounds) - 1

    @property
    def turns(self) -> NDArray[np.int64]:
        """int64 [C], turns of each conversation."""
        return np.diff(self.bounds)

    @property
    def labelled(self) -> NDArray[np.int64]:
        """int64, the rows with a label."""
        return np.flatnonzero(self.label_ids != UNLABELLED)

    @property
    def turn_of(self) -> NDArray[np.int64]:
        """int64 [R], which turn of its conversation each row is, from 0."""
        return np.arange(len(self.texts)) - np.repeat(self.bounds[:-1], self.turns)

    @property
    def conversation_of(self) -> NDArray[np.int64]:
        """int64 [R], the number of its conversation."""
        return np.repeat(np.arange(len(self)), self.turns)

    def some(self, chosen: NDArray[np.int64]) -> Conversations:
        """These conversations alone, in the order given."""
        spans = [range(self.bounds[c], self.bounds[c + 1]) for c in chosen.tolist()]
        rows = [row for span in spans for row in span]
        bounds = np.cumsum([0, *map(len, spans)], dtype=np.int64)
        texts = tuple(self.texts[row] for row in rows)
        ids = self.label_ids[np.asarray(rows, np.int64)]
        digest = hashlib.sha256(f"{self.digest} {chosen.tolist()}".encode()).hexdigest()
        return Conversations(texts, ids, bounds, self.labels, self.described, digest)

    def facts(self) -> dict[str, Any]:
        """For the report."""
        return {
            "rows": len(self.texts),
            "labelled": len(self.labelled),
            "conversations": len(self),
            "longest": int(self.turns.max(initial=0)),
        }


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """What is learned, what decides, and what is reported on.

    Attributes:
        train: all its labels are the model's.
        validation: decides which weights are kept.
        reported: the test conversations, else the validation ones.
        split: what these are, "test" or "validation".
    """

    train: Conversations
    validation: Conversations
    reported: Conversations
    split: str


def read_parts(files: DataFiles, seed: int) -> Parts:
    """Reads all files; whole conversations are held out for validation.

    Raises:
        InputError: rows or columns that cannot be used; fewer than two labels; too few conversations; labels without a
            turn to learn from; validation turns none of which has a label that is learned.
    """
    held_out = share_or_file(files.validation)
    train = read_conversations(files, files.train)
    if len(train.labels) < 2:
        raise InputError(
            f"{joined(files.train)} has {len(train.labels)} label ({listed(train.labels)}); a classifier needs two or "
            "more."
        )
    if isinstance(held_out, str):
        validation = read_conversations(files, (held_out,), train.labels)
    else:
        mine, held = _split(train, held_out, seed, files)
        train, validation = train.some(mine), train.some(held)
    check_labels(train.labels)
    counts = np.bincount(train.label_ids[train.labelled], minlength=len(train.labels))
    if not counts.all():
        missing = [train.labels[number] for number in np.flatnonzero(counts == 0)]
        raise InputError(
            f"{len(missing):,} of {len(train.labels):,} labels have no turn to learn from: {listed(missing)}. They stand "
            "only in conversations that are held out: give a file of those instead, --validation FILE."
        )
    known = validation.label_ids < len(train.labels)
    if not (known & (validation.label_ids != UNLABELLED)).any():
        raise InputError(
            f"The validation conversations have none of the labels of the training data ({listed(train.labels)}); they "
            "decide which weights are kept. Is the right column read? --label-column NAME"
        )
    if files.test is None:
        return Parts(train, validation, validation, "validation")
    test = read_conversations(files, (files.test,), train.labels)
    if not len(test.labelled):
        raise InputError(f"{files.test} has no labelled row; test rows need labels.")
    return Parts(train, validation, test, "test")


def read_conversations(
    files: DataFiles, names: Sequence[str], labels: Sequence[str] | None = None
) -> Conversations:
    """Reads some of the files.

    Args:
        files: columns and how to read them.
        names: of the files; a conversation is in one of them, its rows anywhere in it.
        labels: of the training data, whose numbers are kept; None for the data's own, in the order of the alphabet.

    Raises:
        InputError: rows or columns that cannot be used.
    """
    found: dict[tuple[int, str], list[Row]] = {}
    described, digest = [], hashlib.sha256()
    for number, name in enumerate(names):
        source = open_source(
            name,
            text_column=files.text_column,
            label_column=files.label_column,
            labelled=True,
            delimiter=files.delimiter,
            conversation_column=files.conversation,
            on_bad=files.on_bad,
        )
        described.append(source.describe())
        for row in source.rows():
            found.setdefault((number, str(row.conversation)), []).append(row)
    rows = [row for own in found.values() for row in own]
    own_labels = sorted({label for row in rows for label in row.labels or ()})
    known = [*(labels or ()), *(label for label in own_labels if label not in set(labels or ()))]
    place = {label: number for number, label in enumerate(known)}
    ids = np.array([place[row.labels[0]] if row.labels else UNLABELLED for row in rows], np.int64)
    bounds = np.cumsum([0, *map(len, found.values())], dtype=np.int64)
    for row in rows:
        digest.update(f"{row.text!r} {row.labels!r}\n".encode())
    digest.update(repr((bounds.tolist(), known)).encode())
    texts = tuple(row.text for row in rows)
    return Conversations(texts, ids, bounds, tuple(known), tuple(described), digest.hexdigest())


def _split(
    train: Conversations, share: float, seed: int, files: DataFiles
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Numbers of the conversations to learn and of those to hold out, ascending."""
    held = round(len(train) * share)
    if not 0 < held < len(train):
        raise InputError(
            f"{joined(files.train)} has {len(train):,} conversations, of which {share:g} are {held:,} for validation; "
            f"give more conversations, another share, or a file: --validation (default {DEFAULT_FRACTION:g})."
        )
    order = np.random.default_rng(seed).permutation(len(train))
    return np.sort(order[held:]), np.sort(order[:held])
