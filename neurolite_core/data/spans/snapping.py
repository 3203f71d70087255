"""Spans in characters brought onto whole words, of which models give tags."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.answer.character_spans import TypedSpan
from neurolite_core.answer.snapped import Lost, Snapped, SnapReport
from neurolite_core.answer.spans import WordSpan
from neurolite_core.data.spans.rows import SpanRow
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.values import listed, shown
from neurolite_core.text.word_offsets import word_borders
from neurolite_core.text.words import to_bytes

EXAMPLES: Final = 20
_BLOCK: Final = 2**22  # bytes of texts whose words are found at once
_TEXT_SHOWN: Final = 200
_NO_WORD: Final = "it holds no word"
_TAKEN: Final = "another span has its words"


@dataclass(frozen=True, slots=True)
class SpansOnWords:
    """The spans of N rows on the words of their texts.

    Attributes:
        spans: of each row, in the order of the text; those behind the last word that is read too.
        lost: of each row, the types' numbers of spans that no words stand for.
        report: what became of them.
    """

    spans: list[tuple[WordSpan, ...]]
    lost: list[tuple[int, ...]]
    report: SnapReport


def word_spans(rows: Sequence[SpanRow], types: Sequence[str], max_words: int) -> SpansOnWords:
    """Brings every span onto the words that it overlaps by a byte or more.

    A span without such a word is lost, and so is one of whose words another span has any: a span with borders of words
    keeps its own before others, then the one that begins first.

    Args:
        rows: N rows.
        types: names, in the order of their numbers.
        max_words: words that the model reads of a text.

    Raises:
        InputError: a type that is not among ``types``; the message names its line.
    """
    number = {name: place for place, name in enumerate(types)}
    found = SpansOnWords([], [], SnapReport(0, 0, 0, 0, 0, (), ()))
    counts = np.zeros(5, np.int64)
    snapped: list[Snapped] = []
    lost: list[Lost] = []
    for block in _blocks(rows):
        placed = _placed(block, number)
        counts += _counted(placed, max_words)
        for row, own in zip(block, placed, strict=True):
            found.spans.append(tuple(each.words for each in own if each.why is None))
            found.lost.append(tuple(each.words.type for each in own if each.why is not None))
            if len(snapped) < EXAMPLES or len(lost) < EXAMPLES:
                snapped += [_snapped(row, each) for each in own if not (each.exact or each.why)]
                lost += [_lost(row, each, each.why) for each in own if each.why]
    total, exact, moved, gone, behind = map(int, counts)
    report = SnapReport(
        total, exact, moved, gone, behind, tuple(snapped[:EXAMPLES]), tuple(lost[:EXAMPLES])
    )
    return SpansOnWords(found.spans, found.lost, report)


@dataclass(slots=True)
class _Placed:
    """A span, its words, their characters, whether these are its own, and why it is lost, if it is."""

    span: TypedSpan
    words: WordSpan
    bytes: tuple[int, int]
    exact: bool
    why: str | None


def _blocks(rows: Sequence[SpanRow]) -> Iterator[Sequence[SpanRow]]:
    first, size = 0, 0
    for place, row in enumerate(rows):
        size += len(row.text)
        if size > _BLOCK:
            yield rows[first : place + 1]
            first, size = place + 1, 0
    if first < len(rows):
        yield rows[first:]


def _placed(rows: Sequence[SpanRow], number: dict[str, int]) -> list[list[_Placed]]:
    texts = [to_bytes(row.text) for row in rows]
    bases = np.cumsum([0, *(len(text) + 1 for text in texts)])[:-1]
    text, borders = word_borders(texts)
    starts, ends = (borders + bases[text][:, None]).T.copy()
    first_words = np.searchsorted(text, np.arange(len(rows)))
    row_of, asked = _asked(rows, texts)
    low, high = (asked + bases[row_of][:, None]).T
    first = np.searchsorted(ends, low, side="right")
    behind = np.searchsorted(starts, high, side="left")
    some = first < behind
    own = (np.where(some, first, 0), np.where(some, behind - 1, 0))
    if not len(starts):
        starts = ends = np.zeros(1, np.int64)
    shift = bases[row_of]
    moved = np.stack([starts[own[0]], ends[own[1]]], axis=1) - shift[:, None]
    exact = some & (moved == asked).all(axis=1)
    local = np.stack([first, behind], axis=1) - first_words[row_of][:, None]
    values = zip(local.tolist(), moved.tolist(), exact.tolist(), some.tolist(), strict=True)
    placed = []
    for row in rows:
        each = [_one(row, span, number, *next(values)) for span in row.spans]
        _settle(each)
        placed.append(each)
    return placed


def _asked(
    rows: Sequence[SpanRow], texts: Sequence[bytes]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The row of each span, int64 [S], and its borders in bytes of its text, int64 [S, 2]."""
    row_of: list[int] = []
    asked: list[tuple[int, int]] = []
    for place, (row, data) in enumerate(zip(rows, texts, strict=True)):
        row_of += [place] * len(row.spans)
        if len(data) == len(row.text):
            asked += [(span.start, span.end) for span in row.spans]
            continue
        byte = behind = 0
        for span in row.spans:
            start = byte + len(to_bytes(row.text[behind : span.start]))
            byte = start + len(to_bytes(row.text[span.start : span.end]))
            behind = span.end
            asked.append((start, byte))
    return np.array(row_of, np.int64), np.array(asked, np.int64).reshape(-1, 2)


def _one(
    row: SpanRow,
    span: TypedSpan,
    number: dict[str, int],
    words: list[int],
    moved: list[int],
    exact: bool,
    some: bool,
) -> _Placed:
    if span.type not in number:
        raise InputError(
            f"Line {row.line}: type {shown(span.type)} is not known here; the types are {listed(number)}."
        )
    own = WordSpan(words[0], words[1], number[span.type])
    return _Placed(span, own, (moved[0], moved[1]), exact, None if some else _NO_WORD)


def _settle(spans: list[_Placed]) -> None:
    """Spans that would share words: all but one are lost."""
    behind = 0
    for each in spans:
        if each.why is None:
            if each.words.first < behind:
                break
            behind = each.words.behind
    else:
        return
    firsts: list[int] = []
    behinds: list[int] = []
    for each in sorted(spans, key=lambda each: not each.exact):
        if each.why is None:
            place = bisect_left(
                firsts, each.words.behind
            )  # the last kept one before it is the one to ask
            if place and behinds[place - 1] > each.words.first:
                each.why = _TAKEN
            else:
                firsts.insert(place, each.words.first)
                behinds.insert(place, each.words.behind)


def _counted(placed: Sequence[Sequence[_Placed]], max_words: int) -> NDArray[np.int64]:
    """Spans, exact, snapped, lost, and those behind the last word; int64 [5]."""
    all_ = [each for own in placed for each in own]
    kept = [each for each in all_ if each.why is None]
    exact = sum(each.exact for each in kept)
    behind = sum(each.words.behind > max_words for each in kept)
    return np.array([len(all_), exact, len(kept) - exact, len(all_) - len(kept), behind], np.int64)


def _snapped(row: SpanRow, each: _Placed) -> Snapped:
    start, end = each.bytes
    after = to_bytes(row.text)[start:end].decode("utf-8", "surrogatepass")
    return Snapped(row.line, _shown(row.text), each.span.type, _given(row, each), _shown(after))


def _lost(row: SpanRow, each: _Placed, why: str | None) -> Lost:
    return Lost(row.line, _shown(row.text), each.span.type, _given(row, each), why or "")


def _given(row: SpanRow, each: _Placed) -> str:
    return _shown(row.text[each.span.start : each.span.end])


def _shown(text: str) -> str:
    return text if len(text) <= _TEXT_SHOWN else text[: _TEXT_SHOWN - 1] + "…"
