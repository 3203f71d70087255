"""The files of a training, stored for random access, and who is in which part."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neurolite_core.data.checks import DataReport, check_store
from neurolite_core.data.duplicates import kept_rows
from neurolite_core.data.readers import open_source
from neurolite_core.data.rows import RowSource
from neurolite_core.data.splitting import split_rows
from neurolite_core.data.splitting_sets import split_label_sets
from neurolite_core.data.store import TextStore
from neurolite_core.data.store_writer import build_store
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.values import joined, listed, shown
from neurolite_core.training.held_rows import Validation

DEFAULT_FRACTION = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFiles:
    """What to read, and how.

    Attributes:
        train: files or datasets with texts and labels.
        validation: another, or a fraction of ``train`` such as "0.1".
        test: another, for the report; None reports on the validation rows.
        unlabelled: texts for a teacher to answer.
        out_of_scope: texts that have none of the labels.
        labelled: texts with labels that say what an encoder's cosines mean.
        text_column, label_column: of all of them; guessed where None. Several label columns are of 0 and 1.
        label_separator: what stands between the labels of a text that may have several; None for one label a text.
        delimiter: of all .csv and .tsv files; seen where None.
        merge_labels: whether labels that look alike are one.
        on_bad: "raise" or "skip" rows that cannot be used.
        conflicts: texts with several labels: "keep", "majority" or "drop".
        keep_duplicates: whether rows that say the same are all used.
        conversation: column of what names each row's conversation; None where rows stand alone.
        spans: how spans are written in files that have some, ``auto`` for what tells their ending; None without spans.
    """

    train: tuple[str, ...]
    validation: str | None = None
    test: str | None = None
    unlabelled: tuple[str, ...] = ()
    out_of_scope: tuple[str, ...] = ()
    labelled: tuple[str, ...] = ()
    text_column: str | None = None
    label_column: str | tuple[str, ...] | None = None
    label_separator: str | None = None
    delimiter: str | None = None
    merge_labels: bool = False
    on_bad: str = "raise"
    conflicts: str = "keep"
    keep_duplicates: bool = False
    conversation: str | None = None
    spans: str | None = None


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


def read_sources(
    files: DataFiles,
    folder: Path,
    *,
    seed: int,
    show: Callable[[DataReport], None] | None = None,
    opened: Callable[[str], RowSource] | None = None,
) -> Sources:
    """Reads and checks all files; stores of equal files from before are opened again.

    Args:
        files: what to read.
        folder: for the stores.
        seed: of the split, where ``validation`` is a fraction.
        show: told what is in the data, before it is found that it cannot be used.
        opened: gives what was read of a file; None to read it.

    Raises:
        InputError: rows, columns or labels that cannot be used; fewer than two labels; labels without a row to
            learn from; no validation rows.
    """
    held_out = share_or_file(files.validation)
    train = _store(files, files.train, folder / "train", opened=opened)
    others: dict[str, TextStore] = {}
    if isinstance(held_out, str):
        others["validation"] = _store(
            files,
            (held_out,),
            folder / "validation",
            labels=_two_or_more(train, files),
            opened=opened,
        )
    if files.test is not None:
        others["test"] = _store(
            files,
            (files.test,),
            folder / "test",
            labels=_two_or_more(train, files),
            opened=opened,
        )
    report = check_store(train, others)
    if show is not None:
        show(report)
    _two_or_more(train, files)
    rows = kept_rows(train, drop_duplicates=not files.keep_duplicates, conflicts=files.conflicts)
    rows = rows[train.label_ids[rows] >= 0]
    _require_rows_of_each_label(train, rows, files)
    split = "validation"
    if isinstance(held_out, str):
        reported = _labelled(others["validation"], held_out)
        validation = _answerable(reported, train.labels, held_out)
    else:
        rows, held = named_split(train, rows, held_out, seed, files)
        reported = validation = Validation(train, held)
    if files.test is not None:
        split, reported = "test", _labelled(others["test"], files.test)
    outside = (
        _store(files, files.out_of_scope, folder / "out-of-scope", labelled=False)
        if files.out_of_scope
        else None
    )
    return Sources(train, rows, validation, split, reported, outside, report)


def unlabelled_store(files: DataFiles, more: Sequence[str], folder: Path) -> TextStore:
    """One store of the unlabelled files and of ``more``, files of our own."""
    return _store(files, (*more, *files.unlabelled), folder, labelled=False)


def labelled_store(files: DataFiles, folder: Path) -> TextStore:
    """One store of the labelled files of an encoder."""
    return _store(files, files.labelled, folder)


def share_or_file(validation: str | None) -> float | str:
    """What ``--validation`` means: a share of the rows, or a file.

    Raises:
        InputError: a number that is no share.
    """
    if validation is None:
        return DEFAULT_FRACTION
    try:
        share = float(validation)
    except ValueError:
        return validation
    if not 0 < share < 1:
        raise InputError(
            f"--validation is {shown(validation)}; give a share of the rows above 0 and below 1, or a file."
        )
    return share


def _two_or_more(train: TextStore, files: DataFiles) -> tuple[str, ...]:
    if len(train.labels) < 2:
        raise InputError(
            f"{joined(files.train)} has {len(train.labels)} label ({listed(train.labels)}); a classifier "
            "needs two or more."
        )
    return train.labels


def _require_rows_of_each_label(
    train: TextStore, rows: NDArray[np.int64], files: DataFiles
) -> None:
    """Refuses labels that nothing could be learned about; the model would have them and never be right."""
    counts = train.rows_per_label(rows)
    if counts.all():
        return
    missing = [train.labels[number] for number in np.flatnonzero(counts == 0)]
    why, fix = "are empty", ""
    if files.conflicts != "keep":
        why += f", or stand with other labels too (--conflicts {files.conflicts})"
        fix = ", or keep them: --conflicts keep"
    raise InputError(
        f"{len(missing):,} of {len(train.labels):,} labels have no row to learn from: {listed(missing)}. Their "
        f"texts {why}. Give them other texts or remove their rows{fix}."
    )


def named_split(
    train: TextStore, rows: NDArray[np.int64], share: float, seed: int, files: DataFiles
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows to train on and rows held out, of ``rows``, int64; errors name the files."""
    try:
        mine, held = split_store(train, rows, share, seed)
    except InputError as error:
        left_out = len(train) - len(rows)
        rest = (
            f" ({left_out:,} of {len(train):,} rows repeat others or are not used.)"
            if left_out
            else ""
        )
        raise InputError(f"{joined(files.train)}: {error}{rest}") from error
    return rows[mine], rows[held]


def split_store(
    store: TextStore, rows: NDArray[np.int64], share: float, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Places in ``rows`` of training and validation, int64, as ``split_rows`` and ``split_label_sets`` choose them."""
    ids, keys = store.label_ids[rows], store.keys[rows]
    if store.several:
        return split_label_sets(ids, store.label_sets, share, seed, keys=keys)
    return split_rows(ids, share, seed, keys=keys)


def _labelled(store: TextStore, name: str) -> Validation:
    rows = np.flatnonzero(store.label_ids >= 0)
    if len(rows) == 0:
        raise InputError(f"{name} has no labelled row; validation and test rows need labels.")
    return Validation(store, rows)


def _answerable(rows: Validation, labels: Sequence[str], name: str) -> Validation:
    """Those of the rows that have no label but the training labels."""
    within = rows.store.label_sets.within(np.ones(len(labels), np.bool_))
    known = rows.rows[within[rows.label_ids]]
    if len(known) == 0:
        raise InputError(
            f"{name} has none of the labels of the training data ({listed(labels)}); validation rows decide which weights are "
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
    opened: Callable[[str], RowSource] | None = None,
) -> TextStore:
    sources = [
        opened(name)
        if opened is not None
        else open_source(
            name,
            text_column=files.text_column,
            label_column=files.label_column if labelled else None,
            labelled=labelled,
            delimiter=files.delimiter,
            label_separator=files.label_separator,
            on_bad=files.on_bad,
        )
        for name in names
    ]
    return build_store(
        sources,
        folder,
        labels=labels,
        merge_labels=files.merge_labels,
        several=files.label_separator is not None,
    )
