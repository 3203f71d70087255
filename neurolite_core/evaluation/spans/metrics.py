"""Figures of spans as ``conlleval`` has them: a span is right if its words and its type are; numpy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurolite_core.answer.spans import WordSpan
from neurolite_core.evaluation.bootstrap import micro_f1_interval
from neurolite_core.evaluation.intervals import Interval, share_interval
from neurolite_core.ground.errors import InputError

Spans = Sequence[Sequence[WordSpan]]
"""Of each text its spans, which do not overlap."""


@dataclass(frozen=True, slots=True, eq=False)
class SpanCounts:
    """Spans of N texts and K types.

    Attributes:
        by_text: int64 [3, N], how many a text has, how many were found, and how many of these are right.
        by_type: int64 [3, K], the same of each type.
    """

    by_text: NDArray[np.int64]
    by_type: NDArray[np.int64]

    @property
    def whole(self) -> NDArray[np.bool_]:
        """Whether a text's spans were all found and nothing else, bool [N]; also where it has none."""
        true, found, right = self.by_text
        return np.asarray((true == right) & (found == right))


@dataclass(frozen=True, slots=True)
class SpanFigures:
    """All types together.

    Attributes:
        precision: share of right ones among the spans that were found; 0 where none was.
        recall: share of the texts' spans that were found; 0 where they have none.
        f1: harmonic mean of the two; 0 where both are 0.
        f1_interval: its 95 % bootstrap interval over texts; None for few, see ``bootstrap.micro_f1_interval``.
        spans: that the texts have.
        found: that were found.
        right: of these, those that the texts have.
    """

    precision: float
    recall: float
    f1: float
    f1_interval: Interval | None
    spans: int
    found: int
    right: int


@dataclass(frozen=True, slots=True)
class TypeFigures:
    """How well spans of one type are found.

    Attributes:
        type: its name.
        precision: share of right ones among those that were found; 0 where none was.
        precision_interval: its exact 95 % interval, as if spans were drawn one by one; None where none was found.
        recall: share of its spans that were found; 0 where there is none.
        recall_interval: likewise; None where there is none.
        f1: harmonic mean of the two; 0 where both are 0.
        spans: of this type that the texts have.
        found: that were found.
        threshold: the score from which on a span of it is given; 0 for all.
    """

    type: str
    precision: float
    precision_interval: Interval | None
    recall: float
    recall_interval: Interval | None
    f1: float
    spans: int
    found: int
    threshold: float


def count_spans(
    truths: Spans, found: Spans, num_types: int, lost: Sequence[Sequence[int]] | None = None
) -> SpanCounts:
    """Counts spans that are there, that were found, and both.

    Args:
        truths: of each text its spans.
        found: of each text those that a model gives.
        num_types: K.
        lost: of each text the types of spans that no words stand for, which count as missed; None for none.

    Raises:
        InputError: not as many texts, or a type's number out of range.
    """
    others: Sequence[Sequence[int]] = lost if lost is not None else [()] * len(truths)
    if not len(truths) == len(found) == len(others):
        raise InputError(
            f"{len(truths)} texts have true spans, {len(found)} found ones and {len(others)} lost ones; give one "
            "list for each text."
        )
    cells: list[tuple[int, int, int]] = []
    for row, (true, own, gone) in enumerate(zip(truths, found, others, strict=True)):
        both = set(true) & set(own)
        cells += [(0, row, span.type) for span in true]
        cells += [(0, row, kind) for kind in gone]
        cells += [(1, row, span.type) for span in own]
        cells += [(2, row, span.type) for span in both]
    which, rows, types = np.array(cells, np.int64).reshape(-1, 3).T
    if len(types) and not 0 <= types.min() <= types.max() < num_types:
        raise InputError(
            f"Types' numbers go from {types.min()} to {types.max()}; give 0 to {num_types - 1}."
        )
    return SpanCounts(
        by_text=_table(which, rows, len(truths)), by_type=_table(which, types, num_types)
    )


def overall(counts: SpanCounts) -> SpanFigures:
    """Micro-averaged figures."""
    true, found, right = counts.by_text.sum(axis=1).tolist()
    return SpanFigures(
        precision=right / max(found, 1),
        recall=right / max(true, 1),
        f1=2 * right / max(true + found, 1),
        f1_interval=micro_f1_interval(counts.by_text[2], counts.by_text[:2].sum(axis=0)),
        spans=true,
        found=found,
        right=right,
    )


def type_figures(
    counts: SpanCounts, types: Sequence[str], thresholds: Sequence[float]
) -> tuple[TypeFigures, ...]:
    """Figures of every type, in the order of the types.

    Args:
        counts: of K types.
        types: K names.
        thresholds: K scores from which on spans were given.
    """
    rows = zip(types, thresholds, *counts.by_type.tolist(), strict=True)
    return tuple(
        TypeFigures(
            type=name,
            precision=right / max(found, 1),
            precision_interval=share_interval(right, found) if found else None,
            recall=right / max(true, 1),
            recall_interval=share_interval(right, true) if true else None,
            f1=2 * right / max(true + found, 1),
            spans=true,
            found=found,
            threshold=float(threshold),
        )
        for name, threshold, true, found, right in rows
    )


def macro_f1(figures: Sequence[TypeFigures]) -> float:
    """Mean F1 of the types that occur, as truth or as found; 0 where none does."""
    found = [row.f1 for row in figures if row.spans or row.found]
    return float(np.mean(found)) if found else 0.0


def _table(which: NDArray[np.int64], places: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    return np.bincount(which * size + places, minlength=3 * size).reshape(3, size)
