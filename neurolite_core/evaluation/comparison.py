"""Two models on the same texts: which is better, how surely, and where they differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.answer.scores import softmax
from neurolite_core.evaluation.checks import check_logits
from neurolite_core.evaluation.intervals import (
    Interval,
    paired_difference_interval,
    paired_p_value,
    share_interval,
)
from neurolite_core.evaluation.metrics import class_figures, macro_f1
from neurolite_core.evaluation.shortening import shortened
from neurolite_core.ground.errors import InputError

_DIFFERENCES: Final = 200


@dataclass(frozen=True, slots=True)
class Answers:
    """What a model says to N texts: its C labels and float logits [N, C]."""

    labels: tuple[str, ...]
    logits: NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Difference:
    """A text to which two models give different labels.

    Attributes:
        row: its place among the texts, from 0.
        text: at most 500 characters of it.
        truth: its label.
        answer, score: what this model says, and the softmax probability.
        other_answer, other_score: what the other says, likewise.
    """

    row: int
    text: str
    truth: str
    answer: str
    score: float
    other_answer: str
    other_score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A model beside another one on the same texts.

    Attributes:
        name: of the other.
        accuracy: of the other.
        accuracy_interval: its exact 95 % interval.
        macro_f1: of the other.
        both_right, only_this_right, only_other_right, neither_right: texts.
        difference: accuracy of this model minus that of the other.
        difference_interval: its 95 % interval for paired texts (Tango 1998).
        p_value: of the exact test of McNemar that neither is better, two-sided.
        same_answer: texts that get the same label from both, right or wrong.
        differences: at most 200 of the others: first those that the other alone has right, then those that this model
            alone has right, then those that both have wrong; in the order of the texts.
        differences_total: how many there are.
    """

    name: str
    accuracy: float
    accuracy_interval: Interval
    macro_f1: float
    both_right: int
    only_this_right: int
    only_other_right: int
    neither_right: int
    difference: float
    difference_interval: Interval
    p_value: float
    same_answer: int
    differences: tuple[Difference, ...]
    differences_total: int


def compare(
    this: Answers, other: Answers, truths: Sequence[str], texts: Sequence[str], name: str
) -> Comparison:
    """Holds two models against each other; labels are matched by name and may differ.

    Args:
        this: the model that is measured.
        other: the one beside it.
        truths: N labels, also ones that neither model has.
        texts: N texts.
        name: of the other.

    Raises:
        InputError: not as many answers as texts, or logits that cannot be.
    """
    for side in (this, other):
        check_logits("logits", side.logits)
        if not len(side.logits) == len(truths) == len(texts):
            raise InputError(
                f"{len(side.logits)} answers, {len(truths)} labels and {len(texts)} texts; "
                "give one of each for every text."
            )
    names = tuple(dict.fromkeys((*this.labels, *other.labels, *truths)))
    places = {label: place for place, label in enumerate(names)}
    truth = np.array([places[label] for label in truths])
    mine, theirs = (
        np.array([places[label] for label in side.labels])[side.logits.argmax(axis=1)]
        for side in (this, other)
    )
    right, other_right = mine == truth, theirs == truth
    unlike = np.flatnonzero(mine != theirs)
    rows = first_differences(unlike, right, other_right)
    return Comparison(
        name=name,
        macro_f1=macro_f1(class_figures(truth, theirs, names)),
        **paired_figures(right, other_right),
        same_answer=len(truths) - len(unlike),
        differences=_differences(this, other, truths, texts, rows),
        differences_total=len(unlike),
    )


def paired_figures(right: NDArray[np.bool_], other_right: NDArray[np.bool_]) -> dict[str, Any]:
    """What two models have right of the same N texts, bool [N] each, as a comparison's fields."""
    total, count = len(right), int(other_right.sum())
    only_this, only_other = int((right & ~other_right).sum()), int((~right & other_right).sum())
    return {
        "accuracy": count / total,
        "accuracy_interval": share_interval(count, total),
        "both_right": int((right & other_right).sum()),
        "only_this_right": only_this,
        "only_other_right": only_other,
        "neither_right": int((~right & ~other_right).sum()),
        "difference": (only_this - only_other) / total,
        "difference_interval": paired_difference_interval(only_this, only_other, total),
        "p_value": paired_p_value(only_this, only_other),
    }


def first_differences(
    unlike: NDArray[np.int64], right: NDArray[np.bool_], other_right: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """At most 200 of the rows that are answered differently, in the order that a comparison shows them."""
    order = unlike[np.argsort((right * 1 + ~(right | other_right) * 2)[unlike], kind="stable")]
    return order[:_DIFFERENCES]


def _differences(
    this: Answers,
    other: Answers,
    truths: Sequence[str],
    texts: Sequence[str],
    rows: NDArray[np.int64],
) -> tuple[Difference, ...]:
    (said, scores), (other_said, other_scores) = (_best(side, rows) for side in (this, other))
    return tuple(
        Difference(
            row=row,
            text=shortened(texts[row]),
            truth=truths[row],
            answer=said[place],
            score=scores[place],
            other_answer=other_said[place],
            other_score=other_scores[place],
        )
        for place, row in enumerate(rows.tolist())
    )


def _best(side: Answers, rows: NDArray[np.int64]) -> tuple[list[str], list[float]]:
    logits = side.logits[rows]
    answers = logits.argmax(axis=1)
    scores: list[float] = softmax(logits)[np.arange(len(rows)), answers].tolist()
    return [side.labels[answer] for answer in answers], scores
