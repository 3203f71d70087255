"""The files of a training, stored for random access, and who is in which part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neurolite_core.data.checks import DataReport, check_store
from neurolite_core.data.duplicates import kept_rows
from neurolite_core.data.readers import open_source
from neurolite_core.data.splitting import split_rows
from neurolite_core.data.store import TextStore
from neurolite_core.data.store_writer import build_store
from neurolite_core.ground.errors import InputError
from neurolite_core.training.fitting.loop import Validation

DEFAULT_FRACTION = 0.1
_LABELS_LISTED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFiles:
    """What to read, and how.

    Attributes:
        train: files or datasets with texts and labels.
        validation: another, or a fraction of ``train`` such as "0.1".
        test: another, for the report; None reports on the validation rows.
        unlabelled: texts for a teacher to answer.
        out_of_scope: texts that have none of the labels.
        text_column, label_column: of all of them; guessed where None.
        delimiter: of all .csv and .tsv files; seen where None.
        on_bad: "raise" or "skip" rows that cannot be used.
        conflicts: texts with several labels: "keep", "majority" or "drop".
        keep_duplicates: whether rows that say the same are all used.
    """

    train: tuple[str, ...]
    validation: str | None = None
    test: str | None = None
    unlabelled: tuple[str, ...] = ()
    out_of_scope: tuple[str, ...] = ()
    text_column: str | None = None
    label_column: str | None = None
    delimiter: str | None = None
    on_bad: str = "raise"
    conflicts: str = "keep"
    keep_duplicates: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Sources:
    """The stored rows.

    Attributes:
        train: the store, and ``rows``, int64, those to train on.
        rows: see ``train``.
        validation: decides which weights are kept; rows whose label the training data has not are left out of it,
            as no weights could answer them and no temperature knows what they ask for.
        split: what the report is about, "test" or "validation".
        reported: its labelled rows, with all labels; those that the training data has not count as wrong.
        out_of_scope: a store without labels, or None.
        report: what is in the data.
    """

    train: TextStore
    rows: NDArray[np.int64]
    validation: Validation
    split: str
    reported: Validation
    out_of_scope: TextStore | None
    report: DataReport


def read_sources(files: DataFiles, folder: Path, *, seed: int) -> Sources:
    """Reads and checks all files; stores of equal files from before are opened again.

    Args:
        files: what to read.
        folder: for the stores.
        seed: of the split, where ``validation`` is a fraction.

    Raises:
        InputError: rows, columns or labels that cannot be used; fewer than two labels.
    """
    train = _store(files, files.train, folder / "train")
    if len(train.labels) < 2:
        raise InputError(
            f"{', '.join(files.train)} has the labels {list(train.labels)!r}; a classifier needs two or more."
        )
    rows = kept_rows(train, drop_duplicates=not files.keep_duplicates, conflicts=files.conflicts)
    rows = rows[train.label_ids[rows] >= 0]
    held_out = _fraction_or_file(files.validation)
    others: dict[str, TextStore] = {}
    if isinstance(held_out, str):
        store = _store(files, (held_out,), folder / "validation", labels=train.labels)
        split, reported = "validation", _labelled(store, held_out)
        validation = _answerable(reported, train.labels, held_out)
        others["validation"] = store
    else:
        mine, held = split_rows(train.label_ids[rows], held_out, seed, keys=train.keys[rows])
        validation = Validation(train, rows[held])
        split, reported = "validation", validation
        rows = rows[mine]
    if files.test is not None:
        store = _store(files, (files.test,), folder / "test", labels=train.labels)
        split, reported = "test", _labelled(store, files.test)
        others["test"] = store
    outside = (
        _store(files, files.out_of_scope, folder / "out-of-scope", labelled=False)
        if files.out_of_scope
        else None
    )
    report = check_store(train, others)
    return Sources(train, rows, validation, split, reported, outside, report)


def unlabelled_store(files: DataFiles, more: Sequence[str], folder: Path) -> TextStore:
    """One store of the unlabelled files and of ``more``, files of our own."""
    return _store(files, (*more, *files.unlabelled), folder, labelled=False)


def _fraction_or_file(validation: str | None) -> float | str:
    if validation is None:
        return DEFAULT_FRACTION
    try:
        return float(validation)
    except ValueError:
        return validation


def _labelled(store: TextStore, name: str) -> Validation:
    rows = np.flatnonzero(store.label_ids >= 0)
    if len(rows) == 0:
        raise InputError(f"{name} has no labelled row; validation and test rows need labels.")
    return Validation(store, rows)


def _answerable(rows: Validation, labels: Sequence[str], name: str) -> Validation:
    """Those of the rows whose label is one of the training labels."""
    known = rows.rows[rows.label_ids < len(labels)]
    if len(known) == 0:
        raise InputError(
            f"{name} has none of the labels of the training data ({', '.join(labels[:_LABELS_LISTED])}"
            f"{', ...' if len(labels) > _LABELS_LISTED else ''}); validation rows decide which weights are "
            "kept and need them. Is the right column read? --label-column NAME"
        )
    return Validation(rows.store, known)


def _store(
    files: DataFiles,
    names: Sequence[str],
    folder: Path,
    *,
    labels: Sequence[str] | None = None,
    labelled: bool = True,
) -> TextStore:
    sources = [
        open_source(
            name,
            text_column=files.text_column,
            label_column=files.label_column if labelled else None,
            labelled=labelled,
            delimiter=files.delimiter,
            on_bad=files.on_bad,
        )
        for name in names
    ]
    return build_store(sources, folder, labels=labels)
