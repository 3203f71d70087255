"""Opens a file or dataset as a source of rows; file formats are rows of ``READERS``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
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
from neurolite_core.text.delimiters import delimiter_name, find_delimiter, require_delimiter
from neurolite_core.text.lines import BadRows, decoded_lines
from neurolite_core.text.records import TAB, read_delimited, read_json_lines

SAMPLE_ROWS: Final = 1000
PACKED: Final = ".gz"
PLAIN: Final = ".txt"


@dataclass(frozen=True, slots=True)
class Reader:
    """A file format: its name, what reads its records, and what usually separates fields, if anything does."""

    format: str
    read: Callable[..., Iterator[Record]]
    delimiter: str | None = None


def open_source(
    where: str | Path,
    *,
    text_column: str | None = None,
    label_column: str | Sequence[str] | None = None,
    labelled: bool | None = None,
    delimiter: str | None = None,
    label_separator: str | None = None,
    conversation_column: str | None = None,
    on_bad: str = "raise",
) -> Source:
    """Opens training data and finds its columns; the rows are read when asked for.

    Args:
        where: a file of ``READERS`` (plain or gzip), or a dataset as in ``hub``.
        text_column: name, or position from "1" in a file without a header; guessed without one. Plain
            texts have no columns, and take none.
        label_column: the same; of several labels a text also several, which are columns of 0 and 1.
        labelled: True asks for labels; None takes them from a column that is named or has a known
            name; False leaves them unread.
        delimiter: what separates the fields of .csv and .tsv files; None for what the file says or shows.
        label_separator: what stands between the labels of a text that may have several, or none; None for data with
            one label a text.
        conversation_column: a name or position, of what names the conversation that each row is a turn of.
        on_bad: "raise" or "skip" rows that cannot be used.

    Raises:
        InputError: no name, no such file, unknown format, no rows, no such delimiter, or columns that are not clear.
        MissingDependencyError: a dataset, and ``datasets`` is not installed.
    """
    # Path("") is the current folder, which nobody means.
    name = where if isinstance(where, str) else str(where)
    if not name:
        raise InputError("An empty name was given for a file of texts; give its path.")
    asked = None if delimiter is None else require_delimiter(delimiter)
    several = label_separator is not None
    table = open_dataset(name, lists=several) if is_dataset(name) else _open_file(name, asked)
    if labelled and not table.named:
        raise InputError(
            f"{name} holds a text a line and no labels, which are needed here; give .csv, .tsv or .jsonl."
        )
    bad = BadRows(table.name, "skip", unit=table.unit)
    sample = _sample(table, bad)
    columns = choose_columns(
        sample,
        text_column=text_column if table.named else None,
        label_columns=_names(label_column) if table.named else (),
        labelled=labelled,
        separator=label_separator,
        conversation_column=conversation_column,
    )
    return Source(table, columns, BadRows(name, on_bad).policy)


def _names(columns: str | Sequence[str] | None) -> tuple[str, ...]:
    if columns is None:
        return ()
    return (columns,) if isinstance(columns, str) else tuple(columns)


def _open_file(name: str, delimiter: str | None) -> Table:
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
    form, read = reader.format, partial(reader.read, path)
    if reader.delimiter is not None:
        found = delimiter or find_delimiter(path, reader.delimiter)
        read = partial(read, delimiter=found)
        form += "" if found == reader.delimiter else f", {delimiter_name(found)}"
    return Table(
        name=name,
        format=form,
        unit="line",
        keys=None,
        records=read,
        digest=partial(file_digest, path),
        named=suffix != PLAIN,
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
    names = tuple(keys) if isinstance(records[0], Mapping) else None
    return Sample(table.name, names, rows, table.unreadable)


def _read_texts(path: Path, bad: BadRows) -> Iterator[Record]:
    """One text a line, without blank lines."""
    for line in decoded_lines(path):
        if line.problem:
            bad.add(line.number, line.problem)
        elif text := line.text.strip():
            yield line.number, {"text": text}


READERS: Final[Mapping[str, Reader]] = MappingProxyType(
    {
        ".csv": Reader("csv", read_delimited, ","),
        ".tsv": Reader("tsv", read_delimited, TAB),
        ".jsonl": Reader("jsonl", read_json_lines),
        ".ndjson": Reader("jsonl", read_json_lines),
        PLAIN: Reader("txt", _read_texts),
    }
)
