"""The rows of the set, in words, and the same rows with typing errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from neurolite_bench.typos import with_typos
from neurolite_core.answer.spans import WordSpan, spans_of, tag_names
from neurolite_core.data.spans import SpanData, SpanRow, TypedSpan, read_span_data

SET: Final = "snips_slots"
SPLITS: Final = ("train", "valid", "test")


@dataclass(frozen=True, slots=True)
class TaggedWords:
    """A text as the set has it: words between blanks, and the tag of each.

    Attributes:
        label: the text's own.
        words: W of them.
        tags: W, such as O, B-time and I-time.
    """

    label: str
    words: tuple[str, ...]
    tags: tuple[str, ...]


def read_split(data: Path, split: str) -> SpanData:
    """One of ``SPLITS``.

    Raises:
        InputError: the file is missing or damaged.
    """
    return read_span_data(data / SET / f"{split}.conll")


def tagged_words(rows: Sequence[SpanRow]) -> list[TaggedWords]:
    """Rows as a CRF takes them."""
    return [_tagged(row) for row in rows]


def misspelt(rows: Sequence[SpanRow], seed: int) -> list[SpanRow]:
    """The same rows with an edit in 20 % of the words; spans are those of the words that they had."""
    changed = with_typos([row.text for row in rows], seed=seed)
    return [
        SpanRow(text, _moved(row, text), row.labels, row.line)
        for row, text in zip(rows, changed, strict=True)
    ]


def spans_of_words(tags: Sequence[str], types: Sequence[str]) -> list[WordSpan]:
    """Spans of the words' tags, of which a CRF may give any."""
    numbers = {name: number for number, name in enumerate(tag_names(types))}
    return spans_of([numbers[tag] for tag in tags])


def _tagged(row: SpanRow) -> TaggedWords:
    words = row.text.split(" ")
    tags, at = [], 0
    for word in words:
        own = next((span for span in row.spans if span.start <= at < span.end), None)
        tags.append("O" if own is None else f"{'B' if own.start == at else 'I'}-{own.type}")
        at += len(word) + 1
    return TaggedWords(row.label or "", tuple(words), tuple(tags))


def _moved(row: SpanRow, text: str) -> tuple[TypedSpan, ...]:
    """The spans of a row whose words are others, but as many."""
    old, new = (_starts(each) for each in (row.text, text))
    first = {start: place for place, (start, _) in enumerate(old)}
    behind = {end: place for place, (_, end) in enumerate(old)}
    return tuple(
        TypedSpan(new[first[span.start]][0], new[behind[span.end]][1], span.type)
        for span in row.spans
    )


def _starts(text: str) -> list[tuple[int, int]]:
    found, at = [], 0
    for word in text.split(" "):
        found.append((at, at + len(word)))
        at += len(word) + 1
    return found
