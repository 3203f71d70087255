"""Writes a store in one pass over its sources, in memory that does not grow with them."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, astuple, dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.answer.labels import MAX_LABELS, check_labels
from neurolite_core.answer.look import merged_labels
from neurolite_core.data.duplicates import text_key
from neurolite_core.data.label_sets import MAX_SETS, LabelSets, renumbered
from neurolite_core.data.rows import RowSource
from neurolite_core.data.store import (
    DTYPES,
    HEADER,
    SCHEMA,
    SETS,
    TEXTS,
    StoredSource,
    TextStore,
    open_store,
)
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.files import file_digest
from neurolite_core.text.lines import BadRows

_FLUSH_ROWS: Final = 16_384
_FLUSH_BYTES: Final = 2**20
_REMAP_ROWS: Final = 2**18


def build_store(
    sources: Sequence[RowSource],
    folder: str | Path,
    *,
    labels: Sequence[str] | None = None,
    merge_labels: bool = False,
    several: bool = False,
    progress: Callable[[int], None] | None = None,
) -> TextStore:
    """Stores the rows of all sources, or opens the store if it was built from equal input before.

    The folder appears whole or not at all; an older store in it is replaced.

    Args:
        sources: what to read, in this order.
        folder: of the store; its parent is created if need be.
        labels: the first ones, in the order of their numbers (for validation and test data, the training
            labels); all others that are found are numbered behind them, sorted.
        merge_labels: labels that look alike are one: the one of ``labels``, else the most frequent.
        several: a row may have any number of labels.
        progress: told now and then how many rows were written.

    Raises:
        InputError: a source has rows that cannot be used, and does not skip them; no rows at all; too many
            labels; the folder is something else or cannot be written.
    """
    folder = Path(folder)
    first = () if labels is None else check_labels(labels)
    options = _Options(first, merge_labels, several)
    fingerprint = _fingerprint(sources, options)
    if found := _reusable(folder, fingerprint):
        return found
    if folder.exists() and (not folder.is_dir() or _is_foreign(folder)):
        raise InputError(f"{folder} exists and is not a text store; choose another folder.")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
        try:
            _write(temporary, sources, options, fingerprint, progress)
            if _fingerprint(sources, options) != fingerprint:
                raise InputError(
                    f"{sources[0].name} or a file beside it changed while it was read."
                )
            _put_in_place(temporary, folder, fingerprint)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    except OSError as error:
        raise InputError(
            f"Cannot write {folder}: {error.strerror or error}. Choose a folder with enough space."
        ) from error
    return open_store(folder)


@dataclass(frozen=True, slots=True)
class _Options:
    """The first labels, whether those that look alike are one, and whether a row may have several."""

    labels: tuple[str, ...]
    merge_labels: bool
    several: bool


def _fingerprint(sources: Sequence[RowSource], options: _Options) -> str:
    facts = [
        SCHEMA,
        *astuple(options),
        [[s.digest(), s.name, s.describe(), s.on_bad] for s in sources],
    ]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def _reusable(folder: Path, fingerprint: str) -> TextStore | None:
    with contextlib.suppress(InputError):
        store = open_store(folder)
        if store.fingerprint == fingerprint:
            return store
    return None


def _is_foreign(folder: Path) -> bool:
    names = {item.name for item in folder.iterdir()}
    return bool(names - {HEADER, TEXTS, *DTYPES, *SETS})


def _put_in_place(temporary: Path, folder: Path, fingerprint: str) -> None:
    """Renames; another process that was faster with the same content wins."""
    if folder.exists():
        if _reusable(folder, fingerprint):
            return
        old = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
        folder.rename(old / "replaced")
        try:
            temporary.rename(folder)
        finally:
            shutil.rmtree(old, ignore_errors=True)
        return
    try:
        temporary.rename(folder)
    except OSError:
        if not _reusable(folder, fingerprint):
            raise


def _write(
    folder: Path,
    sources: Sequence[RowSource],
    options: _Options,
    fingerprint: str,
    progress: Callable[[int], None] | None,
) -> None:
    folder.chmod(0o755)
    first = options.labels
    found = _Found({label: place for place, label in enumerate(first)})
    stored: list[StoredSource] = []
    with contextlib.ExitStack() as stack:
        writer = _Writer(
            {name: stack.enter_context((folder / name).open("wb")) for name in (TEXTS, *DTYPES)},
            progress,
        )
        for source in sources:
            bad = BadRows(source.name, source.on_bad, unit=source.unit)
            first_row = writer.rows
            _write_source(writer, source, found, bad)
            problems = tuple(f"{bad.unit} {row.line}: {row.problem}" for row in bad.first)
            stored.append(
                StoredSource(
                    source.name, source.describe(), source.unit, first_row, bad.count, problems
                )
            )
        writer.close()
    if not writer.rows:
        raise InputError(f"{', '.join(s.name for s in sources) or 'No source'}: no rows to store.")
    merged = merged_labels(first, found.rows) if options.merge_labels else {}
    names = (*first, *sorted(found.labels.keys() - set(first) - merged.keys()))
    number = {name: number for number, name in enumerate(names)}
    sets, moved = renumbered(
        found.sets,
        [number[merged.get(name, name)] for name in found.labels],
        None if options.several else len(names),
    )
    _renumber(folder / "labels.bin", moved)
    label_sets = LabelSets.of(sets)
    parts: tuple[NDArray[np.integer], ...] = (label_sets.bounds, label_sets.members)
    for name, values in zip(SETS, parts, strict=True):
        (folder / name).write_bytes(values.astype(SETS[name]).tobytes())
    header = {
        "schema": SCHEMA,
        "rows": writer.rows,
        "text_bytes": writer.offset,
        "labels": names,
        "merged": merged,
        "several": options.several,
        "sets": len(label_sets),
        "set_labels": len(label_sets.members),
        "sources": [asdict(item) for item in stored],
        "fingerprint": fingerprint,
        "content": _content(folder, names, several=options.several),
    }
    text = json.dumps(header, ensure_ascii=False, indent=2) + "\n"
    (folder / HEADER).write_text(text, "utf-8", "surrogatepass")


def _content(folder: Path, names: tuple[str, ...], *, several: bool) -> str:
    """Digest of what a training sees: texts, their bounds, their labels, and the labels' names."""
    files = (TEXTS, "offsets.bin", "labels.bin", *SETS)
    facts = [names, several, *(file_digest(folder / name) for name in files)]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Found:
    """Labels and sets of them, numbered as they come.

    Attributes:
        labels: number of each label.
        sets: number of each set of label numbers.
        rows: how many rows each label has.
    """

    labels: dict[str, int]
    sets: dict[tuple[int, ...], int] = field(default_factory=dict)
    rows: Counter[str] = field(default_factory=Counter)

    def number(self, labels: Sequence[str] | None) -> int:
        """Of a row's labels, -1 where it is unlabelled."""
        if labels is None:
            return -1
        self.rows.update(labels)
        own = tuple(sorted(self.labels.setdefault(name, len(self.labels)) for name in labels))
        return self.sets.setdefault(own, len(self.sets))


def _write_source(writer: _Writer, source: RowSource, found: _Found, bad: BadRows) -> None:
    for row in source.rows(bad):
        writer.add(row.text, found.number(row.labels), row.line)
        for count, most, what in (
            (len(found.labels), MAX_LABELS, "labels"),
            (len(found.sets), MAX_SETS, "sets of labels"),
        ):
            if count > most:
                raise InputError(
                    f"{source.name}, {source.unit} {row.line}: more than {most:,} different "
                    f"{what}. {source.describe()}; name the right column: --label-column NAME"
                )
    bad.finish()


def _renumber(path: Path, numbers: Sequence[int]) -> None:
    """Set numbers by first appearance to ``numbers``, piece by piece; -1 stays."""
    if list(numbers) == list(range(len(numbers))):
        return
    number = np.array([*numbers, -1], dtype="<i4")
    values = np.memmap(path, "<i4", "r+")
    for start in range(0, len(values), _REMAP_ROWS):
        values[start : start + _REMAP_ROWS] = number[values[start : start + _REMAP_ROWS]]
    values.flush()


class _Writer:
    """Buffers rows and appends them to the files of a store."""

    def __init__(self, files: dict[str, BinaryIO], progress: Callable[[int], None] | None) -> None:
        self._files = files
        self._progress = progress
        self._texts: list[bytes] = []
        self._columns: dict[str, list[int]] = {name: [] for name in DTYPES}
        self._columns["offsets.bin"].append(0)
        self._pending = 0
        self.rows = 0
        self.offset = 0

    def add(self, text: str, label: int, line: int) -> None:
        data = text.encode("utf-8", "surrogatepass")
        self.rows += 1
        self.offset += len(data)
        self._pending += len(data)
        self._texts.append(data)
        self._columns["offsets.bin"].append(self.offset)
        self._columns["labels.bin"].append(label)
        self._columns["lines.bin"].append(line)
        self._columns["keys.bin"].append(text_key(text))
        if len(self._texts) >= _FLUSH_ROWS or self._pending >= _FLUSH_BYTES:
            self._flush()

    def close(self) -> None:
        self._flush()
        for file in self._files.values():
            file.flush()
            os.fsync(file.fileno())

    def _flush(self) -> None:
        self._files[TEXTS].write(b"".join(self._texts))
        for name, values in self._columns.items():
            self._files[name].write(np.array(values, DTYPES[name]).tobytes())
            values.clear()
        self._texts.clear()
        self._pending = 0
        if self._progress:
            self._progress(self.rows)
