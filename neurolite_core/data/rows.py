"""A row of training data, and where rows come from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from neurolite_core.data.columns import Columns
from neurolite_core.ground.values import shown
from neurolite_core.text.lines import BadRows

Record = tuple[int, Sequence[Any] | Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Row:
    """A text with its labels, or None where it is unlabelled, and the line where it begins, from 1.

    Attributes:
        conversation: what names the conversation that it is a turn of, where a column does.
    """

    text: str
    labels: tuple[str, ...] | None
    line: int
    conversation: str | None = None

    @property
    def label(self) -> str | None:
        """The label of a text that has one; None where it is unlabelled."""
        if self.labels is None:
            return None
        (label,) = self.labels
        return label


class RowSource(Protocol):
    """What a store is built from; ``Source`` and ``Corpus`` are such."""

    @property
    def name(self) -> str:
        """The file, or what else names it in messages."""

    @property
    def unit(self) -> str:
        """What a place in it is called: line, or row."""

    @property
    def on_bad(self) -> str:
        """What is done about rows that cannot be used: raise, or skip."""

    def describe(self) -> str:
        """How it is read, for people."""

    def rows(self, bad: BadRows | None = None) -> Iterator[Row]:
        """The rows from the first on, at each call again."""

    def digest(self) -> str:
        """SHA-256 of the raw content, 64 hex digits."""


@dataclass(frozen=True, slots=True)
class Table:
    """Raw records of a file or dataset.

    Attributes:
        name: the path, or ``hf:...``.
        format: csv, tsv, jsonl, txt, parquet or dataset; with the delimiter where it is not the ending's own.
        unit: what a place is called in messages: line, or row of a dataset.
        keys: names of the columns where the format itself has them.
        records: the records from the first on, a header included.
        digest: SHA-256 of the raw content, 64 hex digits.
        named: whether its columns have names that a user can know; those of plain texts have not.
        unreadable: columns that hold neither strings nor whole numbers, with what they hold.
    """

    name: str
    format: str
    unit: str
    keys: tuple[str, ...] | None
    records: Callable[[BadRows], Iterator[Record]]
    digest: Callable[[], str]
    named: bool = True
    unreadable: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Source:
    """Rows of a table, streamed in constant memory.

    Attributes:
        table: the raw records.
        columns: where text and label are, and how that was found.
        on_bad: "raise" refuses rows that cannot be used, together; "skip" leaves them out.
    """

    table: Table
    columns: Columns
    on_bad: str

    @property
    def name(self) -> str:
        """The path, or ``hf:...``."""
        return self.table.name

    @property
    def unit(self) -> str:
        """What a place in it is called: line, or row."""
        return self.table.unit

    def digest(self) -> str:
        """SHA-256 of the raw content, 64 hex digits."""
        return self.table.digest()

    def describe(self) -> str:
        """How it is read, for people: the columns and how they were found."""
        return f"{self.name} ({self.table.format}): {self.columns.describe()}"

    def rows(self, bad: BadRows | None = None) -> Iterator[Row]:
        """The rows from the first on, at each call again.

        Args:
            bad: counts rows that cannot be used; without one, ``on_bad`` alone decides.

        Raises:
            InputError: rows that cannot be used (a message for up to 20 of them, at the end), or
                an unreadable file.
        """
        for row, _ in self.records(bad):
            yield row

    def records(
        self, bad: BadRows | None = None
    ) -> Iterator[tuple[Row, Sequence[Any] | Mapping[str, Any]]]:
        """The rows, each with the cells that it was read from; as ``rows``."""
        bad = bad or BadRows(self.name, self.on_bad, unit=self.unit)
        records = self.table.records(bad)
        header = next(records, (0, ()))[1] if self.columns.header else None
        for line, values in records:
            if values == header:
                bad.add(line, "the header again, in the middle of the file; remove it")
                continue
            row = _row(line, values, self.columns, bad)
            if row is not None:
                yield row, values
        bad.finish()


def _row(
    line: int, values: Sequence[Any] | Mapping[str, Any], columns: Columns, bad: BadRows
) -> Row | None:
    text = _cell(values, columns.text.key)
    if isinstance(text, int) and not isinstance(text, bool):
        text = str(text)
    if not isinstance(text, str):
        found = "is missing" if text is None else f"is {shown(text)}, not a string"
        bad.add(line, f"the text, {shown(columns.text.name)}, {found}; give a string")
        return None
    labels: tuple[str, ...] | None = None
    for column in columns.labels:
        more, problem = columns.form.read(_cell(values, column.key), column.name)
        if problem:
            bad.add(line, f"the label, {shown(column.name)}, {problem}")
            return None
        labels = (*(labels or ()), *more)
    if columns.conversation is None:
        return Row(text, labels, line)
    key = columns.conversation
    conversation = _cell(values, key.key)
    if (
        isinstance(conversation, bool)
        or not isinstance(conversation, str | int)
        or conversation == ""
    ):
        found = "is missing" if conversation in (None, "") else f"is {shown(conversation)}"
        bad.add(
            line, f"the conversation, {shown(key.name)}, {found}; give a name or a whole number"
        )
        return None
    return Row(text, labels, line, str(conversation))


def _cell(values: Sequence[Any] | Mapping[str, Any], key: int | str) -> Any:  # noqa: ANN401
    if isinstance(values, Mapping):
        return values.get(str(key))
    return values[int(key)]
