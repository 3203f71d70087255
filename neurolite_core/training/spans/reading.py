"""Files of texts with spans to what is learned, what decides and what is reported on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neurolite_core.answer.tasks import SPANS
from neurolite_core.data.checks import DataReport, check_store
from neurolite_core.data.duplicates import kept_rows
from neurolite_core.data.rows import RowSource
from neurolite_core.data.spans import SpanData, read_span_data
from neurolite_core.data.store import TextStore
from neurolite_core.data.store_writer import build_store
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.values import joined, listed
from neurolite_core.training.fitting.task import Validation
from neurolite_core.training.sources import (
    DataFiles,
    Sources,
    named_split,
    read_sources,
    share_or_file,
)
from neurolite_core.training.spans.tagged import Tagged, tagged_of


@dataclass(frozen=True, slots=True, eq=False)
class SpanSources:
    """The stored rows, and their spans.

    Attributes:
        sources: texts and labels; without labels, rows of texts alone.
        unlabelled: int64, further rows of the training store that have spans but no label of their own.
        labelled: whether there are labels to learn.
        train: spans of the training store; all its types are the model's.
        validation: spans of the store of ``sources.validation``.
        reported: spans of the store of ``sources.reported``.
    """

    sources: Sources
    unlabelled: NDArray[np.int64]
    labelled: bool
    train: Tagged
    validation: Tagged
    reported: Tagged

    @property
    def types(self) -> tuple[str, ...]:
        """The model's."""
        return self.train.types


@dataclass(frozen=True, slots=True, eq=False)
class SpanFiles:
    """What was read, before it is stored.

    Attributes:
        files: what was asked for.
        train: in the order of ``files.train``.
        others: validation and test data by name.
        labelled: whether there are labels to learn.
    """

    files: DataFiles
    train: tuple[SpanData, ...]
    others: Mapping[str, SpanData]
    labelled: bool

    @property
    def types(self) -> tuple[str, ...]:
        """Of the training data, sorted."""
        return tuple(sorted({name for one in self.train for name in one.types}))

    @property
    def labels(self) -> tuple[str, ...]:
        """Of the training data, sorted; none where none are learned."""
        found = {name for one in self.train for name in one.labels}
        return tuple(sorted(found)) if self.labelled else ()

    def source(self, name: str) -> RowSource:
        """Texts and labels of a file."""
        return self.of(name).as_source()

    def of(self, name: str) -> SpanData:
        """A file."""
        return next((one for one in self.train if one.name == name), None) or self.others[name]


def read_span_files(files: DataFiles, task: str) -> SpanFiles:
    """Reads and checks all files.

    Args:
        files: what to read.
        task: ``spans`` leaves labels unread; any other takes them where the training data has some.

    Raises:
        InputError: rows, columns or spans that cannot be used; no span to learn.
    """
    wanted = False if task == SPANS else None
    train = tuple(_read(files, name, wanted) for name in files.train)
    if not any(one.types for one in train):
        raise InputError(
            f"{joined(files.train)} has no span to learn from. Of texts with labels alone: --spans none"
        )
    labelled = any(one.labels for one in train)
    if files.label_separator is not None and not labelled:
        raise InputError(
            f"{joined(files.train)} has no labels to learn beside the spans. Leave --multi-label out."
        )
    others = (share_or_file(files.validation), files.test)
    return SpanFiles(
        files,
        train,
        {name: _read(files, name, labelled) for name in others if isinstance(name, str)},
        labelled,
    )


def store_spans(
    read: SpanFiles, folder: Path, *, seed: int, show: Callable[[DataReport], None] | None = None
) -> SpanSources:
    """Stores the rows, and says who learns, decides and is reported on.

    Args:
        read: the files.
        folder: for the stores.
        seed: of the split, where the validation rows are a fraction.
        show: told what is in the data, before it is found that it cannot be used.

    Raises:
        InputError: rows or labels that cannot be used; no validation rows; types without a span to learn from.
    """
    files = read.files
    sources = (_labelled_sources if read.labelled else _plain_sources)(read, folder, seed, show)
    spans = tagged_of(sources.train, read.train)

    def of_store(held: Validation, name: str | float | None) -> Tagged:
        if held.store is sources.train:
            return spans
        return tagged_of(held.store, [read.of(str(name))], spans.types)

    decides = share_or_file(files.validation)
    found = SpanSources(
        sources=sources,
        unlabelled=_unlabelled(sources, files) if read.labelled else np.zeros(0, np.int64),
        labelled=read.labelled,
        train=spans,
        validation=of_store(sources.validation, decides),
        reported=of_store(sources.reported, decides if files.test is None else files.test),
    )
    _require_spans(found, files)
    return found


def _read(files: DataFiles, name: str, labelled: bool | None) -> SpanData:
    return read_span_data(
        name,
        form=files.spans or "auto",
        text_column=files.text_column,
        label_column=files.label_column if labelled is not False else None,
        labelled=labelled,
        delimiter=files.delimiter,
        label_separator=files.label_separator,
        on_bad=files.on_bad,
    )


def _labelled_sources(
    read: SpanFiles, folder: Path, seed: int, show: Callable[[DataReport], None] | None
) -> Sources:
    if len(read.labels) == 1:
        raise InputError(
            f"{joined(read.files.train)} has 1 label ({listed(read.labels)}); a classifier needs two or more. Of spans "
            "alone: --task spans"
        )
    return read_sources(read.files, folder, seed=seed, show=show, opened=read.source)


def _plain_sources(
    read: SpanFiles, folder: Path, seed: int, show: Callable[[DataReport], None] | None
) -> Sources:
    """As ``read_sources``, of texts without labels."""

    def store(names: Sequence[str], part: str) -> TextStore:
        return build_store([read.source(name) for name in names], folder / part)

    files = read.files
    train = store(files.train, "train")
    held_out, others = share_or_file(files.validation), dict[str, TextStore]()
    if isinstance(held_out, str):
        others["validation"] = store((held_out,), "validation")
    if files.test is not None:
        others["test"] = store((files.test,), "test")
    report = check_store(train, others)
    if show is not None:
        show(report)
    rows = kept_rows(train, drop_duplicates=not files.keep_duplicates)
    whole = {name: Validation(one, np.arange(len(one))) for name, one in others.items()}
    if isinstance(held_out, str):
        validation = whole["validation"]
    else:
        rows, held = named_split(train, rows, held_out, seed, files)
        validation = Validation(train, held)
    split = "validation" if files.test is None else "test"
    return Sources(train, rows, validation, split, whole.get("test", validation), None, report)


def _unlabelled(sources: Sources, files: DataFiles) -> NDArray[np.int64]:
    """Rows without a label whose texts are not held out."""
    train = sources.train
    rows = kept_rows(train, drop_duplicates=not files.keep_duplicates)
    rows = rows[train.label_ids[rows] < 0]
    held = sources.validation
    return rows[~np.isin(train.keys[rows], held.store.keys[held.rows])]


def _require_spans(found: SpanSources, files: DataFiles) -> None:
    """Refuses types that nothing could be learned about, and validation rows that tell nothing."""
    rows = np.concatenate([found.sources.rows, found.unlabelled]).tolist()
    seen = {span.type for row in rows for span in found.train.spans[row]}
    missing = [name for number, name in enumerate(found.types) if number not in seen]
    if missing:
        raise InputError(
            f"{len(missing):,} of {len(found.types):,} types of spans have no span to learn from: {listed(missing)}. They "
            "stand only in texts that are held out, or no words stand for them: give those a file, --validation FILE."
        )
    held = found.validation
    known = [
        span
        for row in found.sources.validation.rows.tolist()
        for span in held.spans[row]
        if span.type < held.known
    ]
    if not known:
        raise InputError(
            f"The validation rows of {files.validation or joined(files.train)} have no span of the training data's types "
            f"({listed(found.types)}); they decide which weights are kept."
        )
