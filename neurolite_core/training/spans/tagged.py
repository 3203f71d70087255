"""A store's texts with their spans: what a training's batches and its figures are made of."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from neurolite_core.answer.snapped import SnapReport
from neurolite_core.answer.spans import WordSpan, tags_of
from neurolite_core.data.spans import SpanData, SpanRow, word_spans
from neurolite_core.data.store import TextStore
from neurolite_core.evaluation.spans.metrics import count_spans


@dataclass(frozen=True, eq=False)
class Tagged:
    """The spans of a store's rows, on their words.

    Attributes:
        store: N texts.
        spans: of each row, in the order of its words; those behind the last word that a model reads too.
        lost: of each row, the types' numbers of spans for which no words stand.
        types: names: those of the training data, which are the model's, and behind them others of these texts alone.
        known: how many of the types are the model's.
        written: the rows as they were read.
    """

    store: TextStore
    spans: Sequence[tuple[WordSpan, ...]]
    lost: Sequence[tuple[int, ...]]
    types: tuple[str, ...]
    known: int
    written: Sequence[SpanRow]

    def tags(self, row: int, words: int) -> NDArray[np.int64]:
        """The tags int64 [L] of a row's first L words; words of types that the model does not know have none."""
        own = [span for span in self.spans[row] if span.type < self.known]
        return np.array(tags_of(own, words), np.int64)

    def truths(self, rows: NDArray[np.int64]) -> list[tuple[WordSpan, ...]]:
        """The spans of some rows, int64 [R], that words stand for."""
        return [self.spans[row] for row in rows.tolist()]

    def lost_of(self, rows: NDArray[np.int64]) -> list[tuple[int, ...]]:
        """The types of the others."""
        return [self.lost[row] for row in rows.tolist()]

    def snapping(self, rows: NDArray[np.int64], max_words: int) -> SnapReport:
        """What became of the spans of some rows as they were written, for a model that reads so many words."""
        return word_spans(
            [self.written[row] for row in rows.tolist()], self.types, max_words
        ).report

    def f1(self, rows: NDArray[np.int64], found: Sequence[Sequence[WordSpan]]) -> float:
        """Of all spans of some rows together; what no words stand for is missed."""
        counts = count_spans(self.truths(rows), found, len(self.types), self.lost_of(rows))
        true, own, right = map(int, counts.by_text.sum(axis=1))
        return 2 * right / max(true + own, 1)

    @cached_property
    def digest(self) -> str:
        """Of the spans and types, 64 hex digits."""
        found = hashlib.sha256(repr((self.types, self.known)).encode())
        for own in self.spans:
            found.update(repr([(one.first, one.behind, one.type) for one in own]).encode())
        return found.hexdigest()


def tagged_of(
    store: TextStore, data: Sequence[SpanData], types: Sequence[str] | None = None
) -> Tagged:
    """The spans of a store that was built from some files.

    Args:
        store: its rows are those of the files, in order.
        data: the files.
        types: of the training data, whose numbers are kept; None for the data's own, sorted.
    """
    own = sorted({name for one in data for name in one.types})
    known = own if types is None else list(types)
    names = (*known, *(name for name in own if name not in set(known)))
    written = [row for one in data for row in one.rows]
    found = word_spans(written, names, 0)
    return Tagged(store, found.spans, found.lost, names, len(known), written)
