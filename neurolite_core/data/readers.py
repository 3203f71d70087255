"""Opens a file or dataset as a source of rows; file formats are rows of ``READERS``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Final

from neurolite_core.data.columns import Sample, choose_columns
from neurolite_core.data.hub import is_dataset, open_dataset
from neurolite_core.data.rows import Record, Source, Table
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.files import file_digest
from neurolite_core.text.lines import BadRows, decoded_lines
from neurolite_core.text.records import TAB, read_delimited, read_json_lines

SAMPLE_ROWS: Final = 1000
PACKED: Final = ".gz"


@dataclass(frozen=True, slots=True)
class Reader:
    """A file format: its name and what reads its records."""

    format: str
    read: Callable[[Path, BadRows], Iterator[Record]]


def open_source(
    where: str | Path,
    *,
    text_column: str | None = None,
    label_column: str | None = None,
    labelled: bool | None = None,
    on_bad: str = "raise",
) -> Source:
    """Opens training data and finds its columns; the rows are read when asked for.

    Args:
        where: a file of ``READERS`` (plain or gzip), or a dataset as in ``hub``.
        text_column: name, or position from "1" in a file without a header; guessed without one.
        label_column: the same.
        labelled: True asks for labels; None takes them from a column that is named or has a known
            name; False leaves them unread.
        on_bad: "raise" or "skip" rows that cannot be used.

    Raises:
        InputError: no such file, unknown format, no rows, or columns that are not clear.
        MissingDependencyError: a dataset, and ``datasets`` is not installed.
    """
    name = str(where)
    table = open_dataset(name) if is_dataset(name) else _open_file(name)
    bad = BadRows(table.name, "skip", unit=table.unit)
    sample = _sample(table, bad)
    columns = choose_columns(
        sample, text_column=text_column, label_column=label_column, labelled=labelled
    )
    return Source(table, columns, BadRows(name, on_bad).policy)


def _open_file(name: str) -> Table:
    path = Path(name)
    suffix = Path(path.name.lower().removesuffix(PACKED)).suffix
    if suffix not in READERS:
        hint = (
            " Of a JSON array: jq -c '.[]' data.json > data.jsonl"
            if suffix == ".json"
            else " A dataset of the Hugging Face hub is hf:NAME."
        )
        raise InputError(
            f"{name} is not a folder and does not end in {', '.join(READERS)} (with or without "
            f"{PACKED}) or .parquet.{hint}"
        )
    reader = READERS[suffix]
    return Table(
        name=name,
        format=reader.format,
        unit="line",
        keys=None,
        records=partial(reader.read, path),
        digest=partial(file_digest, path),
    )


def _sample(table: Table, bad: BadRows) -> Sample:
    records = [values for _, values in islice(table.records(bad), SAMPLE_ROWS)]
    if not records:
        problem = f" Line {bad.first[0].line}: {bad.first[0].problem}." if bad.first else ""
        raise InputError(f"{table.name} holds no row that can be read.{problem}")
    keys: dict[str, None] = dict.fromkeys(table.keys or ())
    for values in records:
        if isinstance(values, Mapping):
            keys.update(dict.fromkeys(values))
    rows = [
        [values.get(key) for key in keys] if isinstance(values, Mapping) else list(values)
        for values in records
    ]
    return Sample(table.name, tuple(keys) if isinstance(records[0], Mapping) else None, rows)


def _read_texts(path: Path, bad: BadRows) -> Iterator[Record]:
    """One text a line, without blank lines."""
    for line in decoded_lines(path):
        if line.problem:
            bad.add(line.number, line.problem)
        elif text := line.text.strip():
            yield line.number, {"text": text}


READERS: Final[Mapping[str, Reader]] = MappingProxyType(
    {
        ".csv": Reader("csv", partial(read_delimited, delimiter=",")),
        ".tsv": Reader("tsv", partial(read_delimited, delimiter=TAB)),
        ".jsonl": Reader("jsonl", read_json_lines),
        ".ndjson": Reader("jsonl", read_json_lines),
        ".txt": Reader("txt", _read_texts),
    }
)
