"""Two models of several labels a text on the same texts: which is better, how surely, and where they differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurolite_core.evaluation.comparison import first_differences, paired_figures
from neurolite_core.evaluation.intervals import Interval
from neurolite_core.evaluation.multi_label.metrics import label_figures, macro_of, overall
from neurolite_core.evaluation.shortening import shortened
from neurolite_core.ground.errors import InputError


@dataclass(frozen=True, slots=True)
class GivenSets:
    """What a model says to N texts: its C labels, and which of them it gives, bool [N, C]."""

    labels: tuple[str, ...]
    given: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class SetDifference:
    """A text to which two models give different labels.

    Attributes:
        row: its place among the texts, from 0.
        text: at most 500 characters of it.
        truth, answer, other_answer: its labels, and what this model and the other give.
    """

    row: int
    text: str
    truth: tuple[str, ...]
    answer: tuple[str, ...]
    other_answer: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetsComparison:
    """A model beside another one on the same texts; a text is right where it gets exactly its labels.

    Attributes:
        name: of the other.
        accuracy: share of the texts that the other has right.
        accuracy_interval: its exact 95 % interval.
        micro_f1, macro_f1: of the other.
        both_right, only_this_right, only_other_right, neither_right: texts.
        difference: accuracy of this model minus that of the other.
        difference_interval: its 95 % interval for paired texts (Tango 1998).
        p_value: of the exact test of McNemar that neither is better, two-sided.
        same_answer: texts that get the same labels from both, right or wrong.
        differences: at most 200 of the others: first those that the other alone has right, then those that this model
            alone has right, then those that both have wrong; in the order of the texts.
        differences_total: how many there are.
    """

    name: str
    accuracy: float
    accuracy_interval: Interval
    micro_f1: float
    macro_f1: float
    both_right: int
    only_this_right: int
    only_other_right: int
    neither_right: int
    difference: float
    difference_interval: Interval
    p_value: float
    same_answer: int
    differences: tuple[SetDifference, ...]
    differences_total: int


def compare_sets(
    this: GivenSets,
    other: GivenSets,
    truths: Sequence[Sequence[str]],
    texts: Sequence[str],
    name: str,
) -> SetsComparison:
    """Holds two models against each other; labels are matched by name and may differ.

    Args:
        this: the model that is measured.
        other: the one beside it.
        truths: N sets of labels, also with ones that neither model has.
        texts: N texts.
        name: of the other.

    Raises:
        InputError: not as many answers as texts.
    """
    total = len(texts)
    if not len(this.given) == len(other.given) == len(truths) == total or not total:
        raise InputError(
            f"{len(this.given)} and {len(other.given)} answers, {len(truths)} sets of labels and {total} texts; "
            "give one of each for every text."
        )
    names = tuple(dict.fromkeys((*this.labels, *other.labels, *(n for own in truths for n in own))))
    places = {label: place for place, label in enumerate(names)}
    truth = np.zeros((total, len(names)), np.bool_)
    for row, own in enumerate(truths):
        truth[row, [places[label] for label in own]] = True
    mine, theirs = (_spread(side, places, total) for side in (this, other))
    right, other_right = ((side == truth).all(axis=1) for side in (mine, theirs))
    unlike = np.flatnonzero((mine != theirs).any(axis=1))
    rows = first_differences(unlike, right, other_right)

    def named(chosen: NDArray[np.bool_]) -> tuple[str, ...]:
        return tuple(names[place] for place in np.flatnonzero(chosen).tolist())

    return SetsComparison(
        name=name,
        micro_f1=overall(truth, theirs).f1,
        macro_f1=macro_of(label_figures(truth, theirs, names)),
        **paired_figures(right, other_right),
        same_answer=total - len(unlike),
        differences=tuple(
            SetDifference(
                row, shortened(texts[row]), named(truth[row]), named(mine[row]), named(theirs[row])
            )
            for row in rows.tolist()
        ),
        differences_total=len(unlike),
    )


def _spread(side: GivenSets, places: dict[str, int], total: int) -> NDArray[np.bool_]:
    """The labels of a side among all names, bool [N, names]."""
    spread = np.zeros((total, len(places)), np.bool_)
    spread[:, [places[label] for label in side.labels]] = side.given
    return spread
