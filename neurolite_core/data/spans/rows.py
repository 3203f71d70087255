"""A text with its spans, and all of a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from neurolite_core.answer.character_spans import TypedSpan
from neurolite_core.data.rows import Row, RowSource
from neurolite_core.ground.values import listed
from neurolite_core.text.lines import BadRow, BadRows


@dataclass(frozen=True, slots=True)
class SpanRow:
    """A text with its spans.

    Attributes:
        text: as models are given it.
        spans: in the order of the text; they do not overlap.
        labels: the text's own, or None where it has none written down.
        line: where it begins, from 1.
    """

    text: str
    spans: tuple[TypedSpan, ...]
    labels: tuple[str, ...] | None
    line: int

    @property
    def label(self) -> str | None:
        """The label of a text that has one; None where it is unlabelled."""
        if self.labels is None:
            return None
        (label,) = self.labels
        return label


@dataclass(frozen=True, slots=True)
class SpanData:
    """All rows of a file.

    Attributes:
        name: the file.
        form: how spans are written in it: conll, json or inline.
        how: where texts and labels are, for people.
        rows: of the file, in its order; at least one.
        types: of all spans, sorted.
        labels: of all rows, sorted.
        digest: SHA-256 of the file, 64 hex digits.
        skipped: rows that were left out, as they could not be used.
        skipped_first: the first 20 of them.
    """

    name: str
    form: str
    how: str
    rows: tuple[SpanRow, ...]
    types: tuple[str, ...]
    labels: tuple[str, ...]
    digest: str
    skipped: int = 0
    skipped_first: tuple[BadRow, ...] = ()

    @property
    def num_spans(self) -> int:
        """Spans of all rows."""
        return sum(len(row.spans) for row in self.rows)

    @property
    def unlabelled(self) -> int:
        """Rows without a label of their own: 0 where all are labelled, ``len(rows)`` where none is."""
        return sum(row.labels is None for row in self.rows)

    def describe(self) -> str:
        """How it was read, for people."""
        kinds = f"{len(self.types):,} types ({listed(self.types)})" if self.types else "no type"
        return f"{self.name} ({self.form}): {self.how}; {self.num_spans:,} spans of {kinds}"

    def as_source(self) -> RowSource:
        """The texts and labels alone, as a store is built from them."""
        return _TextsOnly(self)


@dataclass(frozen=True, slots=True)
class _TextsOnly:
    """``RowSource`` of rows that were read already."""

    data: SpanData

    @property
    def name(self) -> str:
        return self.data.name

    @property
    def unit(self) -> str:
        return "line"

    @property
    def on_bad(self) -> str:
        return "skip" if self.data.skipped else "raise"

    def describe(self) -> str:
        return self.data.describe()

    def digest(self) -> str:
        return self.data.digest

    def rows(self, bad: BadRows | None = None) -> Iterator[Row]:
        if bad is not None:
            bad.count += self.data.skipped
            bad.first.extend(self.data.skipped_first)
        for row in self.data.rows:
            yield Row(row.text, row.labels, row.line)
