"""What is in the data and what is wrong with it, before a model is trained on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.answer.look import combined_labels, look_alikes
from neurolite_core.data.duplicates import EMPTY_KEY, Groups, group_labels
from neurolite_core.data.store import StoredSource, TextStore

EXAMPLES: Final = 20
FEW_ROWS: Final = 5
_TEXT_SHOWN: Final = 200
_COPIES_SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class Copy:
    """One of the rows that say the same: its text (cut), label, and source with line."""

    text: str
    label: str | None
    where: str


@dataclass(frozen=True, slots=True)
class Overlap:
    """Rows of another set whose text is also in the training data.

    Attributes:
        rows: how many of the other set.
        of: size of the other set.
        other_label: those of them whose training rows all have a different label.
        examples: the first 20, each with the other set's row and the first training row.
    """

    rows: int
    of: int
    other_label: int
    examples: tuple[tuple[Copy, ...], ...]


@dataclass(frozen=True, slots=True)
class DataReport:
    """Figures of a store. Texts are the same when they differ in case and spacing only.

    Where a text may have several labels, "label" is the set of them in all that is said of repeats, conflicts and
    overlaps.

    Attributes:
        sources: where the rows came from, with what was skipped.
        several: whether a text may have several labels.
        rows: N.
        labels_a_row: fewest, mean and most labels of the labelled rows.
        without_labels: labelled rows with none of the labels.
        unlabelled: rows without a label.
        rows_per_label: every label of the store, in its order.
        empty_texts: rows with nothing but space.
        duplicates: rows that repeat the text and label of an earlier one; empty texts not counted.
        conflicts: texts that stand with more than one label.
        conflict_rows: the rows of these.
        conflict_examples: the first 20 of them, each with at most 10 rows of different labels.
        few_rows: labels with fewer than 5 rows.
        merged: labels that became another one that they look like, and which.
        look_alikes: labels, of the other sets too, that look like others and were not merged.
        combined: labels that look like several, as ``a|b``; here each is a label of its own.
        imbalance: rows of the largest label over rows of the smallest that has any; 1 is balanced.
        byte_lengths: median, 99 % quantile and longest text in bytes.
        overlaps: for each other set, its texts that are in the training data.
        unseen: for each other set, its labels that the training data has not, with their rows.
    """

    sources: tuple[StoredSource, ...]
    several: bool
    rows: int
    labels_a_row: tuple[int, float, int]
    without_labels: int
    unlabelled: int
    rows_per_label: dict[str, int]
    empty_texts: int
    duplicates: int
    conflicts: int
    conflict_rows: int
    conflict_examples: tuple[tuple[Copy, ...], ...]
    few_rows: tuple[str, ...]
    merged: dict[str, str]
    look_alikes: tuple[tuple[str, ...], ...]
    combined: tuple[str, ...]
    imbalance: float
    byte_lengths: tuple[int, int, int]
    overlaps: dict[str, Overlap]
    unseen: dict[str, dict[str, int]]

    def to_json(self) -> dict[str, Any]:
        """Plain values for JSON, under the names of the attributes."""
        return asdict(self)


def check_store(store: TextStore, others: Mapping[str, TextStore] | None = None) -> DataReport:
    """Looks for what spoils training: repeated, contradicting and leaked texts, rare labels.

    Takes some 100 bytes of memory a row.

    Args:
        store: the training data.
        others: validation and test data by name.
    """
    rest = tuple((others or {}).values())
    groups = group_labels(store.keys, store.label_ids)
    counts = store.rows_per_label()
    per_label = dict(zip(store.labels, counts.tolist(), strict=True))
    present = counts[counts > 0]
    labelled = store.label_ids[store.label_ids >= 0]
    many = np.diff(store.label_sets.bounds)[labelled] if len(labelled) else np.zeros(1, np.int64)
    conflicting = groups.labels_of_text > 1
    lengths = store.byte_lengths
    empty = store.keys == np.uint64(EMPTY_KEY)
    return DataReport(
        sources=store.sources,
        several=store.several,
        rows=len(store),
        labels_a_row=(int(many.min()), float(many.mean()), int(many.max())),
        without_labels=int(np.count_nonzero(many == 0)) if len(labelled) else 0,
        unlabelled=len(store) - len(labelled),
        rows_per_label=per_label,
        empty_texts=int(np.count_nonzero(empty)),
        duplicates=int((groups.rows - 1)[~empty[groups.first_row]].sum()),
        conflicts=int(np.count_nonzero(conflicting)),
        conflict_rows=int(groups.rows[conflicting[groups.text] & (groups.label >= 0)].sum()),
        conflict_examples=_conflicts(store, groups, conflicting),
        few_rows=tuple(label for label, rows in per_label.items() if rows < FEW_ROWS),
        merged=store.merged | {old: new for other in rest for old, new in other.merged.items()},
        look_alikes=tuple(
            look_alikes(dict.fromkeys(label for part in (store, *rest) for label in part.labels))
        ),
        combined=combined_labels(store.labels),
        imbalance=float(present.max() / present.min()) if len(present) else 1.0,
        byte_lengths=(
            int(np.median(lengths)), int(np.quantile(lengths, 0.99)), int(lengths.max()),
        ),
        overlaps={name: _overlap(store, other) for name, other in (others or {}).items()},
        unseen={name: _unseen(store, other) for name, other in (others or {}).items()},
    )  # fmt: skip


def _conflicts(
    store: TextStore, groups: Groups, conflicting: NDArray[np.bool_]
) -> tuple[tuple[Copy, ...], ...]:
    pairs = np.flatnonzero(conflicting[groups.text] & (groups.label >= 0))
    by_row = pairs[np.argsort(groups.first_row[pairs])]
    texts = list(dict.fromkeys(groups.text[by_row].tolist()))[:EXAMPLES]
    found = []
    for text in texts:
        low, high = np.searchsorted(groups.text[pairs], [text, text + 1])
        rows = np.sort(groups.first_row[pairs[low:high]])[:_COPIES_SHOWN]
        found.append(tuple(_copy(store, int(row)) for row in rows))
    return tuple(found)


def _overlap(store: TextStore, other: TextStore) -> Overlap:
    order = np.argsort(store.keys, kind="stable")
    ordered = store.keys[order]
    place = np.minimum(np.searchsorted(ordered, other.keys), len(order) - 1)
    shared = np.flatnonzero((ordered[place] == other.keys) & (other.keys != np.uint64(EMPTY_KEY)))
    first = order[place[shared]]
    # Labels are compared by name: the other set may number them differently.
    pairs = set(
        zip(
            other.keys[shared].tolist(),
            (_set_of(other, number) for number in other.label_ids[shared]),
            strict=True,
        )
    )
    in_shared = np.isin(store.keys, other.keys[shared])
    known = {
        (int(store.keys[row]), _set_of(store, store.label_ids[row]))
        for row in np.flatnonzero(in_shared)
        if store.label_ids[row] >= 0
    }
    different = {key for key, label in pairs if label is not None and (key, label) not in known}
    return Overlap(
        rows=len(shared),
        of=len(other),
        other_label=sum(int(key) in different for key in other.keys[shared]),
        examples=tuple(
            (_copy(other, int(row)), _copy(store, int(copy)))
            for row, copy in zip(shared[:EXAMPLES], first[:EXAMPLES], strict=True)
        ),
    )


def _set_of(store: TextStore, number: np.int32) -> frozenset[str] | None:
    """Names, as another store may number them differently; None of an unlabelled row."""
    names = store.names(int(number))
    return None if names is None else frozenset(names)


def _unseen(store: TextStore, other: TextStore) -> dict[str, int]:
    known = set(store.labels)
    return {
        label: count
        for label, count in zip(other.labels, other.rows_per_label().tolist(), strict=True)
        if count and label not in known
    }


def _copy(store: TextStore, row: int) -> Copy:
    text = store.text(row).decode("utf-8", "replace")
    names = store.names(int(store.label_ids[row]))
    label = None if names is None else ", ".join(names) or "none of the labels"
    return Copy(
        text if len(text) <= _TEXT_SHOWN else text[:_TEXT_SHOWN] + "…", label, store.where(row)
    )
