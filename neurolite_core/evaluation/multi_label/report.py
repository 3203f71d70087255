"""What the final report of a model of several labels a text says; docs/report-schema.md describes its JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.answer.labels import check_labels
from neurolite_core.answer.scores import sigmoid
from neurolite_core.answer.tasks import ANSWERINGS, MULTI_LABEL
from neurolite_core.evaluation.checks import check_logits
from neurolite_core.evaluation.intervals import Interval, share_interval
from neurolite_core.evaluation.metrics import ClassFigures
from neurolite_core.evaluation.multi_label.comparison import SetsComparison
from neurolite_core.evaluation.multi_label.metrics import (
    Overall,
    label_figures,
    macro_interval,
    macro_of,
    overall,
)
from neurolite_core.evaluation.report import SCHEMA_VERSION, UnseenLabel
from neurolite_core.evaluation.shortening import shortened
from neurolite_core.evaluation.spans.part import SpansPart
from neurolite_core.ground.checks import require_fraction
from neurolite_core.ground.errors import InputError

_MISTAKES: Final = 200


@dataclass(frozen=True, slots=True)
class LabelFigures(ClassFigures):
    """How well one label is found; and from which calibrated probability on it is given.

    Attributes:
        threshold: that probability, before it was moved to the 0.5 of the exported file; None where it is not known,
            as of a file that has it inside.
    """

    threshold: float | None = None


@dataclass(frozen=True, slots=True)
class ScoredLabel:
    """A label of a text.

    Attributes:
        label: its name.
        score: sigmoid of its logit; None where the model has no such label.
    """

    label: str
    score: float | None


@dataclass(frozen=True, slots=True)
class WrongSet:
    """A text that did not get exactly its labels.

    Attributes:
        row: its place in the split, from 0.
        text: at most 500 characters of it.
        right: labels that it has and got.
        missed: labels that it has and did not get.
        wrong: labels that it got and has not.
    """

    row: int
    text: str
    right: tuple[ScoredLabel, ...]
    missed: tuple[ScoredLabel, ...]
    wrong: tuple[ScoredLabel, ...]


@dataclass(frozen=True, slots=True)
class Quiet:
    """Texts of which some get no label.

    Attributes:
        texts: how many there are.
        quiet: share of them that get no label.
        quiet_interval: its exact 95 % interval.
    """

    texts: int
    quiet: float
    quiet_interval: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class MultiLabelReport:
    """How good a model of several labels a text is on one split, and what it gets wrong.

    Attributes:
        schema_version: of this record.
        task: "multi_label".
        split: name of the texts, such as ``test``.
        texts: N.
        labels: C names, the model's.
        unseen: labels that only the texts have, which are missed wherever they are.
        threshold: the score from which on a label was given.
        accuracy: share of the texts that got exactly their labels.
        accuracy_interval: its exact 95 % interval.
        micro: of all labels together.
        macro_f1: mean F1 of the labels that occur.
        macro_f1_interval: its 95 % bootstrap interval; None for few texts, see ``metrics.macro_interval``.
        labels_a_text, given_a_text: mean number of labels that texts have, and get.
        without: texts that have none of the labels; None where all have one.
        within: texts that have labels, of which quiet ones are missed wholly; None where none has one.
        classes: figures of each label, in the order of the labels, the unseen ones last.
        temperature: that was folded into the head; 1.0 where none was.
        out_of_scope: texts given as out of scope; None without any.
        mistakes: texts with wrong sets, those with the largest single error first, at most 200.
        mistakes_total: how many there are.
        training: how the model came about, as the training wrote it.
        measured: what was measured, with what, and on what data, where an exported file was.
        against: the model beside another one; None where there was none.
        spans: how well it finds spans; None of a model that finds none, whose JSON has no such name.
    """

    schema_version: int = SCHEMA_VERSION
    task: str = MULTI_LABEL
    split: str
    texts: int
    labels: tuple[str, ...]
    unseen: tuple[UnseenLabel, ...]
    threshold: float
    accuracy: float
    accuracy_interval: Interval
    micro: Overall
    macro_f1: float
    macro_f1_interval: Interval | None
    labels_a_text: float
    given_a_text: float
    without: Quiet | None
    within: Quiet | None
    classes: tuple[LabelFigures, ...]
    temperature: float
    out_of_scope: Quiet | None
    mistakes: tuple[WrongSet, ...]
    mistakes_total: int
    training: Mapping[str, Any]
    measured: Mapping[str, Any]
    against: SetsComparison | None
    spans: SpansPart | None = None


def build_multi_label_report(
    logits: NDArray[np.floating],
    truths: NDArray[np.bool_],
    texts: Sequence[str],
    labels: Sequence[str],
    *,
    threshold: float,
    temperature: float = 1.0,
    thresholds: NDArray[np.float64] | None = None,
    out_of_scope_logits: NDArray[np.floating] | None = None,
    training: Mapping[str, Any] | None = None,
    measured: Mapping[str, Any] | None = None,
    against: SetsComparison | None = None,
    unseen: Sequence[str] = (),
    split: str = "test",
) -> MultiLabelReport:
    """Measures a model on texts that it was not trained on.

    Args:
        logits: float [N, C] of the model as it is exported.
        truths: bool [N, C + U], the labels of each text, the unseen ones last.
        texts: N texts.
        labels: C names.
        threshold: the score from which on a label is given.
        temperature: that was folded in.
        thresholds: float64 [C], probabilities from which on a label was given before they were moved to 0.5.
        out_of_scope_logits: float [M, C] of texts that have none of the labels.
        training: how the model came about.
        measured: what was measured, with what and on what.
        against: this model beside another.
        unseen: U labels of texts that the model has not.
        split: what these texts are.

    Raises:
        InputError: shapes, labels, numbers or a threshold that cannot be.
    """
    check_logits("logits", logits)
    own = check_labels(labels, logits.shape[1])
    names = check_labels((*own, *unseen))
    require_fraction("threshold", threshold)
    if truths.shape != (len(logits), len(names)) or len(texts) != len(logits):
        raise InputError(
            f"truths is {truths.shape} and there are {len(texts)} texts; give ({len(logits)}, {len(names)}) and "
            f"{len(logits)}, as there are rows of logits and labels."
        )
    given = np.zeros(truths.shape, np.bool_)
    given[:, : len(own)] = ANSWERINGS[MULTI_LABEL].given(logits, threshold)
    right = (given == truths).all(axis=1)
    figures = label_figures(truths, given, names)
    has_none, quiet = (np.asarray(~chosen.any(axis=1)) for chosen in (truths, given))
    outside = None
    if out_of_scope_logits is not None:
        check_logits("out_of_scope_logits", out_of_scope_logits)
        said = ANSWERINGS[MULTI_LABEL].given(out_of_scope_logits, threshold)
        outside = np.asarray(~said.any(axis=1))
    known = () if thresholds is None else tuple(float(value) for value in thresholds)
    wrong = np.flatnonzero(~right)
    return MultiLabelReport(
        split=split,
        texts=len(texts),
        labels=own,
        unseen=tuple(UnseenLabel(row.label, row.support) for row in figures[len(own) :]),
        threshold=float(threshold),
        accuracy=float(right.mean()),
        accuracy_interval=share_interval(int(right.sum()), len(right)),
        micro=overall(truths, given),
        macro_f1=macro_of(figures),
        macro_f1_interval=macro_interval(truths, given),
        labels_a_text=float(truths.sum(axis=1).mean()),
        given_a_text=float(given.sum(axis=1).mean()),
        without=_quiet(quiet[has_none]),
        within=_quiet(quiet[~has_none]),
        classes=tuple(
            LabelFigures(**asdict(row), threshold=known[place] if place < len(known) else None)
            for place, row in enumerate(figures)
        ),
        temperature=temperature,
        out_of_scope=None if outside is None else _quiet(outside),
        mistakes=_mistakes(logits, truths, given, texts, names, wrong),
        mistakes_total=len(wrong),
        training=dict(training or {}),
        measured=dict(measured or {}),
        against=against,
    )


def _quiet(quiet: NDArray[np.bool_]) -> Quiet | None:
    if not len(quiet):
        return None
    count = int(quiet.sum())
    return Quiet(len(quiet), count / len(quiet), share_interval(count, len(quiet)))


def _mistakes(
    logits: NDArray[np.floating],
    truths: NDArray[np.bool_],
    given: NDArray[np.bool_],
    texts: Sequence[str],
    names: tuple[str, ...],
    rows: NDArray[np.int64],
) -> tuple[WrongSet, ...]:
    scores = np.zeros(truths.shape)  # a label that the model has not has none
    scores[:, : logits.shape[1]] = sigmoid(logits)
    errors = np.where(truths != given, np.abs(truths - scores), 0.0)[rows]
    order = rows[np.argsort(-errors.max(axis=1), kind="stable")][:_MISTAKES]

    def scored(row: int, chosen: NDArray[np.bool_]) -> tuple[ScoredLabel, ...]:
        return tuple(
            ScoredLabel(
                names[label], float(scores[row, label]) if label < logits.shape[1] else None
            )
            for label in np.flatnonzero(chosen).tolist()
        )

    return tuple(
        WrongSet(
            row=row,
            text=shortened(texts[row]),
            right=scored(row, truths[row] & given[row]),
            missed=scored(row, truths[row] & ~given[row]),
            wrong=scored(row, ~truths[row] & given[row]),
        )
        for row in order.tolist()
    )
