"""Texts and labels in memory-mapped files, so that data may be larger than memory.

A store is a folder: ``header.json``; ``texts.bin``, the UTF-8 of all texts joined; and, little-endian,
``offsets.bin`` int64 [N+1], ``labels.bin`` int32 [N], ``lines.bin`` int64 [N], ``keys.bin`` uint64 [N]; and the sets of
labels that rows have, ``set_bounds.bin`` int64 [S+1], ``set_labels.bin`` int32.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.answer.tasks import task_of
from neurolite_core.data.label_sets import LabelSets
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.files import read_limited

SCHEMA: Final = (
    3  # 2 had neither ``content`` nor ``merged``; 1 refused labels that its ``labels`` did not have
)
HEADER: Final = "header.json"
TEXTS: Final = "texts.bin"
DTYPES: Final = MappingProxyType(
    {"offsets.bin": "<i8", "labels.bin": "<i4", "lines.bin": "<i8", "keys.bin": "<u8"}
)
SETS: Final = MappingProxyType({"set_bounds.bin": "<i8", "set_labels.bin": "<i4"})
_HEADER_LIMIT: Final = 2**26


@dataclass(frozen=True, slots=True)
class StoredSource:
    """Where rows of a store came from.

    Attributes:
        name: path or dataset.
        described: format and columns, for people.
        unit: what a place in it is called: line, or row.
        first_row: its first row's number in the store.
        skipped: how many of its rows could not be used and were left out.
        problems: what was wrong with the first of them.
    """

    name: str
    described: str
    unit: str
    first_row: int
    skipped: int
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class TextStore:
    """N texts with labels, read from their files as needed.

    Attributes:
        folder: where it is.
        fingerprint: SHA-256 of the raw input, its names and the options, 64 hex digits: whether the store is built
            anew.
        content: SHA-256 of texts and labels, wherever they were read from: whether a training is the same.
        labels: C names, ascending; where some were given, these first.
        merged: labels as they were read that became others, and which.
        several: whether a row may have several labels, or none.
        label_sets: the sets of labels that rows have; with one label a text, a set for each of ``labels``, in order.
        sources: where the rows came from.
        offsets: int64 [N+1], bounds of the texts in bytes.
        label_ids: int32 [N], places in ``label_sets`` (with one label a text also in ``labels``), -1 for unlabelled.
        lines: int64 [N], where each row begins in its source, from 1.
        keys: uint64 [N], equal for texts that differ in case and spacing only.
    """

    folder: Path
    fingerprint: str
    content: str
    labels: tuple[str, ...]
    merged: dict[str, str]
    several: bool
    label_sets: LabelSets
    sources: tuple[StoredSource, ...]
    offsets: NDArray[np.int64]
    label_ids: NDArray[np.int32]
    lines: NDArray[np.int64]
    keys: NDArray[np.uint64]
    _bytes: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.label_ids)

    def __reduce__(self) -> tuple[Callable[[Path, str], TextStore], tuple[Path, str]]:
        """Another process maps the files itself: their content may be larger than memory."""
        return _open_same, (self.folder.absolute(), self.content)

    @property
    def task(self) -> str:
        """What a model does that learns from it, of ``answer.tasks``."""
        return task_of(several=self.several)

    def names(self, number: int) -> tuple[str, ...] | None:
        """Names of the labels of a set, one of ``label_ids``; None of -1."""
        if number < 0:
            return None
        return tuple(self.labels[label] for label in self.label_sets.labels(number))

    def rows_per_label(self, rows: NDArray[np.integer[Any]] | None = None) -> NDArray[np.int64]:
        """How many of some rows, or of all, each label has, int64 [C]."""
        ids = self.label_ids if rows is None else self.label_ids[rows]
        return self.label_sets.rows_per_label(ids, len(self.labels))

    @property
    def byte_lengths(self) -> NDArray[np.int64]:
        """Length of each text in bytes, int64 [N]."""
        return np.diff(self.offsets)

    def text(self, row: int) -> bytes:
        """UTF-8 of a text.

        Raises:
            IndexError: no such row; negative ones are not taken from the end.
        """
        if not 0 <= row < len(self):
            raise IndexError(f"row {row} of {len(self)}")
        return self._bytes[self.offsets[row] : self.offsets[row + 1]].tobytes()

    def texts(self, rows: Sequence[int] | NDArray[np.integer[Any]]) -> list[bytes]:
        """UTF-8 of some texts, in the order asked for."""
        return [self.text(int(row)) for row in rows]

    def strings(self, rows: Sequence[int] | NDArray[np.integer[Any]]) -> list[str]:
        """Some texts for models that take strings, in the order asked for; U+FFFD for lone surrogates."""
        return [text.decode("utf-8", "replace") for text in self.texts(rows)]

    def line(self, row: int) -> int:
        """Where a row begins in its source, from 1."""
        return int(self.lines[row])

    def where(self, row: int) -> str:
        """A row's source and place, for people: ``train.csv, line 3``."""
        source = next(item for item in reversed(self.sources) if item.first_row <= row)
        return f"{source.name}, {source.unit} {self.line(row)}"


def open_store(folder: Path) -> TextStore:
    """Opens a store that ``build_store`` wrote.

    Raises:
        InputError: not a store, of another schema, or its files do not have the sizes they should.
    """
    header = _read_header(folder)
    rows, size = header["rows"], header["text_bytes"]
    columns = {
        name: _map(folder / name, dtype, rows + (name == "offsets.bin"))
        for name, dtype in DTYPES.items()
    }
    sets = _sets(folder, header)
    return TextStore(
        folder=folder,
        fingerprint=header["fingerprint"],
        content=header["content"],
        labels=tuple(header["labels"]),
        merged=dict(header["merged"]),
        several=header["several"],
        label_sets=sets,
        sources=tuple(
            StoredSource(**item | {"problems": tuple(item["problems"])})
            for item in header["sources"]
        ),
        offsets=columns["offsets.bin"],
        label_ids=columns["labels.bin"],
        lines=columns["lines.bin"],
        keys=columns["keys.bin"],
        _bytes=_map(folder / TEXTS, "u1", size),
    )


def _open_same(folder: Path, content: str) -> TextStore:
    """The store that another process has open; a training with the same --work may have replaced it since."""
    store = open_store(folder)
    if store.content != content:
        raise InputError(
            f"{folder} was replaced by the data of another training. Give each its own folder: --work FOLDER"
        )
    return store


def _read_header(folder: Path) -> dict[str, Any]:
    path = folder / HEADER
    content = read_limited(path, _HEADER_LIMIT)
    damaged = f"{path} is not the header of a text store; remove the folder and build it again."
    try:
        header = json.loads(content)
        if header["schema"] != SCHEMA:
            raise InputError(
                f"{path} has schema {header['schema']!r}, this version reads {SCHEMA}; "
                "remove the folder and build it again."
            )
        counts = ("rows", "text_bytes", "sets", "set_labels")
        if not all(isinstance(header[name], int) and header[name] >= 0 for name in counts):
            raise InputError(damaged)
        if not isinstance(header["several"], bool):
            raise InputError(damaged)
        digests = (header["fingerprint"], header["content"])
        if not all(isinstance(item, str) for item in digests) or not header["sources"]:
            raise InputError(damaged)
        for item in header["sources"]:
            StoredSource(**item)
        names = [*header["labels"], *header["merged"].keys(), *header["merged"].values()]
        if not all(isinstance(label, str) for label in names):
            raise InputError(damaged)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(damaged) from error
    return dict(header)


def _sets(folder: Path, header: dict[str, Any]) -> LabelSets:
    sizes = (header["sets"] + 1, header["set_labels"])
    bounds, members = (
        _map(folder / name, dtype, size)
        for (name, dtype), size in zip(SETS.items(), sizes, strict=True)
    )
    within = not len(members) or 0 <= members.min() <= members.max() < len(header["labels"])
    if bounds[0] != 0 or bounds[-1] != len(members) or (np.diff(bounds) < 0).any() or not within:
        raise InputError(f"{folder} is damaged; remove the folder and build it again.")
    return LabelSets(bounds, members)


def _map(path: Path, dtype: str, count: int) -> NDArray[Any]:
    expected = count * np.dtype(dtype).itemsize
    try:
        size = path.stat().st_size
        if size != expected:
            raise InputError(
                f"{path} has {size:,} bytes where its header asks for {expected:,}; "
                "remove the folder and build it again."
            )
        # An empty file cannot be mapped.
        return np.memmap(path, dtype, "r", shape=(count,)) if count else np.zeros(0, dtype)
    except OSError as error:
        raise InputError(f"Cannot read {path}: {error.strerror or error}.") from error
