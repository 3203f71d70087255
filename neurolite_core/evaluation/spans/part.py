"""What a report says of spans: all of the report of a model that finds nothing else, else a part of the label's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.answer.character_spans import character_spans
from neurolite_core.answer.snapped import SnapReport
from neurolite_core.answer.spans import WordSpan, check_types
from neurolite_core.evaluation.intervals import Interval, share_interval
from neurolite_core.evaluation.shortening import shortened
from neurolite_core.evaluation.spans.metrics import (
    SpanFigures,
    Spans,
    TypeFigures,
    count_spans,
    macro_f1,
    overall,
    type_figures,
)
from neurolite_core.ground.errors import InputError
from neurolite_core.text.word_offsets import word_borders
from neurolite_core.text.words import to_bytes

_MISTAKES: Final = 200


@dataclass(frozen=True, slots=True)
class WholeTexts:
    """Texts of which everything is right.

    Attributes:
        right: share of all texts.
        right_interval: its exact 95 % interval.
    """

    right: float
    right_interval: Interval


@dataclass(frozen=True, slots=True)
class ShownSpan:
    """A span of a text.

    Attributes:
        type: its name.
        start: its first character, from 0.
        end: the one behind its last.
        text: at most 500 of its characters.
        score: the model's; None of a span that it did not find.
    """

    type: str
    start: int
    end: int
    text: str
    score: float | None


@dataclass(frozen=True, slots=True)
class WrongSpans:
    """A text whose spans were not found exactly.

    Attributes:
        row: its place in the split, from 0.
        text: at most 500 characters of it.
        right: spans that it has and that were found.
        missed: spans that it has and that were not found.
        wrong: spans that were found and that it has not.
    """

    row: int
    text: str
    right: tuple[ShownSpan, ...]
    missed: tuple[ShownSpan, ...]
    wrong: tuple[ShownSpan, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpansPart:
    """How well spans are found in the texts of one split.

    Attributes:
        types: K names, the model's.
        micro: all types together.
        macro_f1: mean F1 of the types that occur.
        by_type: figures of each type, in the order of the types.
        whole: texts whose spans were all found, and nothing else.
        whole_with_label: those of them that got exactly their label or labels as well; None without labels.
        snapping: how the texts' spans fall on words; those that were lost count as missed. None where it is not
            known.
        mistakes: texts whose spans were not found exactly, the highest score of a wrong span first, then those with
            missed ones alone; at most 200.
        mistakes_total: how many there are.
    """

    types: tuple[str, ...]
    micro: SpanFigures
    macro_f1: float
    by_type: tuple[TypeFigures, ...]
    whole: WholeTexts
    whole_with_label: WholeTexts | None
    snapping: SnapReport | None
    mistakes: tuple[WrongSpans, ...]
    mistakes_total: int


def build_spans_part(
    truths: Spans,
    found: Spans,
    scores: Sequence[Sequence[float]],
    texts: Sequence[str],
    types: Sequence[str],
    *,
    thresholds: Sequence[float] = (),
    lost: Sequence[Sequence[int]] | None = None,
    snapping: SnapReport | None = None,
    labels_right: NDArray[np.bool_] | None = None,
) -> SpansPart:
    """Measures spans on texts that were not learned.

    Args:
        truths: of each of N texts its spans, also those behind the last word that the model reads.
        found: of each those that the model gives.
        scores: of each of these its score, 0 to 1.
        texts: N texts.
        types: K names.
        thresholds: K scores below which spans are not among ``found``; none for 0.
        lost: of each text the types of spans that no words stand for, as ``SpansOnWords.lost``; None for none.
        snapping: of the truths.
        labels_right: bool [N], whether a text got exactly its label or labels; None without labels.

    Raises:
        InputError: no text, not as many of anything, or types that cannot be.
    """
    names = check_types(types)
    given = tuple(thresholds) or (0.0,) * len(names)
    _check_sizes(len(texts), found, scores, labels_right)
    if len(given) != len(names):
        raise InputError(f"{len(given)} thresholds for {len(names)} types; give each one.")
    counts = count_spans(truths, found, len(names), lost)
    if len(texts) != len(truths):
        raise InputError(f"{len(texts)} texts, but spans of {len(truths)}; give one list for each.")
    figures = type_figures(counts, names, given)
    whole = counts.whole
    rows = np.flatnonzero(~whole)
    highest = np.array([_highest(truths[row], found[row], scores[row]) for row in rows.tolist()])
    chosen = rows[np.argsort(-highest, kind="stable")][:_MISTAKES]
    return SpansPart(
        types=names,
        micro=overall(counts),
        macro_f1=macro_f1(figures),
        by_type=figures,
        whole=_share(whole),
        whole_with_label=None if labels_right is None else _share(whole & labels_right),
        snapping=snapping,
        mistakes=tuple(
            _mistake(row, texts[row], truths[row], found[row], scores[row], names)
            for row in chosen.tolist()
        ),
        mistakes_total=len(rows),
    )


def _check_sizes(
    size: int,
    found: Spans,
    scores: Sequence[Sequence[float]],
    labels_right: NDArray[np.bool_] | None,
) -> None:
    if not size:
        raise InputError("There is no text to measure spans on; give at least one.")
    if [*map(len, found)] != [*map(len, scores)]:
        raise InputError("Spans and scores do not go together; give each span found a score.")
    if labels_right is not None and labels_right.shape != (size,):
        raise InputError(
            f"labels_right is {labels_right.shape}; give ({size},), one for each text."
        )


def _share(right: NDArray[np.bool_]) -> WholeTexts:
    count = int(right.sum())
    return WholeTexts(count / len(right), share_interval(count, len(right)))


def _highest(true: Sequence[WordSpan], found: Sequence[WordSpan], scores: Sequence[float]) -> float:
    """The highest score of a wrong span; -1 without one."""
    known = set(true)
    return max(
        (score for span, score in zip(found, scores, strict=True) if span not in known),
        default=-1.0,
    )


def _mistake(
    row: int,
    text: str,
    true: Sequence[WordSpan],
    found: Sequence[WordSpan],
    scores: Sequence[float],
    types: tuple[str, ...],
) -> WrongSpans:
    borders = word_borders([to_bytes(text)])[1]
    score_of = {span: float(score) for span, score in zip(found, scores, strict=True)}

    def shown(spans: Sequence[WordSpan]) -> tuple[ShownSpan, ...]:
        placed = character_spans(text, borders, spans, types)
        return tuple(
            ShownSpan(
                each.type, each.start, each.end, shortened(text[each.start : each.end]), score
            )
            for each, score in zip(placed, map(score_of.get, spans), strict=True)
        )

    known = set(true)
    return WrongSpans(
        row=row,
        text=shortened(text),
        right=shown([span for span in found if span in known]),
        missed=shown([span for span in true if span not in score_of]),
        wrong=shown([span for span in found if span not in known]),
    )
