"""Everything that the final report says, computed once; docs/report-schema.md describes its JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.answer.labels import check_labels
from neurolite_core.answer.scores import check_threshold, scope_scores, softmax
from neurolite_core.answer.tasks import CLASSIFICATION
from neurolite_core.evaluation.abstention import (
    LabelCoverage,
    OperatingPoint,
    auroc,
    coverage_by_label,
    operating_point,
)
from neurolite_core.evaluation.bootstrap import macro_f1_interval
from neurolite_core.evaluation.calibration import Calibration, measure_calibration
from neurolite_core.evaluation.checks import check_answers, check_logits
from neurolite_core.evaluation.comparison import Comparison
from neurolite_core.evaluation.intervals import Interval, share_interval
from neurolite_core.evaluation.metrics import (
    ClassFigures,
    ConfusedPair,
    class_figures,
    confused_pairs,
    confusion_cells,
    macro_f1,
)
from neurolite_core.evaluation.shortening import shortened
from neurolite_core.evaluation.spans.part import SpansPart
from neurolite_core.ground.errors import InputError

SCHEMA_VERSION: Final = 2
_MOST_CONFIDENT: Final = 20
_MISTAKES: Final = 200


@dataclass(frozen=True, slots=True)
class Mistake:
    """A text that got a wrong label.

    Attributes:
        row: its place in the split, from 0.
        text: at most 500 characters of it.
        truth, answer: labels.
        score: softmax probability of the answer.
        truth_score: that of the truth; None where the model has no such label.
    """

    row: int
    text: str
    truth: str
    answer: str
    score: float
    truth_score: float | None


@dataclass(frozen=True, slots=True)
class UnseenLabel:
    """A label that texts have and the model has not.

    Attributes:
        label: its name.
        texts: how many have it; whatever they were answered was wrong.
    """

    label: str
    texts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How good a model is on one split, and what it gets wrong.

    Attributes:
        schema_version: of this record.
        task: "classification".
        split: name of the texts, such as ``test``.
        texts: N.
        labels: C names, the model's.
        unseen: labels that only the texts have, which are numbered behind the C.
        accuracy: share of right answers, no text refused.
        accuracy_interval: its exact 95 % interval.
        macro_f1: mean F1 of the labels that occur.
        macro_f1_interval: its 95 % bootstrap interval; None for too few texts, see ``bootstrap``.
        classes: figures of each label, in the order of the labels, the unseen ones last.
        confusion: the cells that are not 0 as (truth, answer, count), numbers of labels.
        confused: the most frequent confusions.
        temperature: that was folded into the head; 1.0 where none was.
        uncalibrated: before the temperature.
        calibrated: of the logits as they are exported.
        abstention: what the model's threshold does to these texts.
        coverage: what it does to those of each label.
        out_of_scope_auroc: how well the score tells the split from out-of-scope texts; None without any.
        most_confident: the wrong answers with the highest scores.
        mistakes: wrong answers of every label, at most 200 in all: each label's most confident one before any
            label's second; in the order of the labels.
        mistakes_total: how many there are.
        training: how the model came about, as the training wrote it.
        measured: what was measured, with what, and on what data, where an exported file was.
        against: the model beside another one; None where there was none.
        spans: how well it finds spans; None of a model that finds none, whose JSON has no such name.
    """

    schema_version: int = SCHEMA_VERSION
    task: str = CLASSIFICATION
    split: str
    texts: int
    labels: tuple[str, ...]
    unseen: tuple[UnseenLabel, ...]
    accuracy: float
    accuracy_interval: Interval
    macro_f1: float
    macro_f1_interval: Interval | None
    classes: tuple[ClassFigures, ...]
    confusion: tuple[tuple[int, int, int], ...]
    confused: tuple[ConfusedPair, ...]
    temperature: float
    uncalibrated: Calibration
    calibrated: Calibration
    abstention: OperatingPoint
    coverage: tuple[LabelCoverage, ...]
    out_of_scope_auroc: float | None
    most_confident: tuple[Mistake, ...]
    mistakes: tuple[Mistake, ...]
    mistakes_total: int
    training: Mapping[str, Any]
    measured: Mapping[str, Any]
    against: Comparison | None
    spans: SpansPart | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """All labels, the unseen ones last, as numbers of labels refer to them."""
        return (*self.labels, *(row.label for row in self.unseen))


def build_report(
    logits: NDArray[np.floating],
    label_ids: NDArray[np.integer],
    texts: Sequence[str],
    labels: Sequence[str],
    *,
    threshold: float | None,
    temperature: float = 1.0,
    out_of_scope_logits: NDArray[np.floating] | None = None,
    training: Mapping[str, Any] | None = None,
    measured: Mapping[str, Any] | None = None,
    against: Comparison | None = None,
    unseen: Sequence[str] = (),
    split: str = "test",
) -> Report:
    """Measures a model on texts that it was not trained on.

    Args:
        logits: float [N, C] of the model as it is exported, its temperature folded in.
        label_ids: int [N], the truth; places in ``labels``, and from C in ``unseen``.
        texts: N texts.
        labels: C names.
        threshold: the model's; a lower score means no answer; None for a model that has none and answers all.
        temperature: that was folded in, to tell what calibration was like before.
        out_of_scope_logits: float [M, C] of texts that have none of the labels.
        training: what else to keep, such as ``config``, ``seed``, ``seconds``, ``data`` and ``history``: a list with
            a mapping per epoch, whose numbers with "loss" or "accuracy" in their names are drawn.
        measured: what was measured, with what and on what, for the report.
        against: this model beside another.
        unseen: labels of texts that the model has not; their texts count as answered wrongly.
        split: what these texts are.

    Raises:
        InputError: shapes, labels, numbers or a threshold that cannot be.
    """
    check_answers(logits, label_ids, len(unseen))
    own = check_labels(labels, logits.shape[1])
    names = check_labels((*own, *unseen))
    if len(texts) != len(logits):
        raise InputError(
            f"{len(texts)} texts, but {len(logits)} rows of logits; give one for each."
        )
    if not 0 < temperature < float("inf"):
        raise InputError(f"temperature is {temperature!r}; give a number above 0.")
    threshold = check_threshold(threshold, own)
    answers, scores = logits.argmax(axis=1), scope_scores(logits)
    outside = None
    if out_of_scope_logits is not None:
        check_logits("out_of_scope_logits", out_of_scope_logits)
        outside = scope_scores(out_of_scope_logits)
    correct = answers == label_ids
    figures = class_figures(label_ids, answers, names)
    confusion = confusion_cells(label_ids, answers, len(names))
    wrong = _by_confidence(logits, label_ids, texts, names)
    before = logits.astype(np.float64) * temperature
    return Report(
        split=split,
        texts=len(texts),
        labels=own,
        unseen=tuple(UnseenLabel(row.label, row.support) for row in figures[len(own) :]),
        accuracy=float(correct.mean()),
        accuracy_interval=share_interval(int(correct.sum()), len(correct)),
        macro_f1=macro_f1(figures),
        macro_f1_interval=macro_f1_interval(confusion, figures),
        classes=figures,
        confusion=confusion,
        confused=confused_pairs(label_ids, answers, names),
        temperature=temperature,
        uncalibrated=measure_calibration(before, label_ids, unseen=len(unseen)),
        calibrated=measure_calibration(logits, label_ids, unseen=len(unseen)),
        abstention=operating_point(threshold, scores, correct, outside),
        coverage=coverage_by_label(threshold, scores, correct, label_ids, names),
        out_of_scope_auroc=None if outside is None else auroc(scores, outside),
        most_confident=tuple(wrong[:_MOST_CONFIDENT]),
        mistakes=_of_every_label(wrong, names),
        mistakes_total=len(wrong),
        training=dict(training or {}),
        measured=dict(measured or {}),
        against=against,
    )


def _by_confidence(
    logits: NDArray[np.floating],
    label_ids: NDArray[np.integer],
    texts: Sequence[str],
    labels: tuple[str, ...],
) -> list[Mistake]:
    """All wrong answers, the highest score first; ties in the order of the texts."""
    answers = logits.argmax(axis=1)
    probabilities = softmax(logits)
    rows = np.flatnonzero(answers != label_ids)
    rows = rows[np.argsort(-probabilities[rows, answers[rows]], kind="stable")]
    return [
        Mistake(
            row=row,
            text=shortened(texts[row]),
            truth=labels[label_ids[row]],
            answer=labels[answers[row]],
            score=float(probabilities[row, answers[row]]),
            truth_score=_at(probabilities, row, int(label_ids[row])),
        )
        for row in rows.tolist()
    ]


def _of_every_label(wrong: Sequence[Mistake], labels: tuple[str, ...]) -> tuple[Mistake, ...]:
    seen = dict.fromkeys(labels, 0)
    ranked = []
    for place, mistake in enumerate(wrong):
        ranked.append((seen[mistake.truth], place))
        seen[mistake.truth] += 1
    chosen = [wrong[place] for _, place in sorted(ranked)[:_MISTAKES]]
    order = {label: number for number, label in enumerate(labels)}
    return tuple(sorted(chosen, key=lambda mistake: order[mistake.truth]))


def _at(probabilities: NDArray[np.float64], row: int, label: int) -> float | None:
    return float(probabilities[row, label]) if label < probabilities.shape[1] else None
