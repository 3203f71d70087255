"""Everything that the final report says, computed once; docs/report-schema.md describes its JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.answer.labels import check_labels
from neurolite_core.answer.scores import check_threshold, scope_scores, softmax
from neurolite_core.evaluation.abstention import OperatingPoint, auroc, operating_point
from neurolite_core.evaluation.calibration import Calibration, measure_calibration
from neurolite_core.evaluation.checks import check_answers, check_logits
from neurolite_core.evaluation.metrics import (
    ClassFigures,
    ConfusedPair,
    accuracy_interval,
    class_figures,
    confused_pairs,
    confusion_cells,
    macro_f1,
)
from neurolite_core.ground.errors import InputError

SCHEMA_VERSION: Final = 1
_MOST_CONFIDENT: Final = 20
_MISTAKES: Final = 200
_TEXT_LENGTH: Final = 500


@dataclass(frozen=True, slots=True)
class Mistake:
    """A text that got a wrong label.

    Attributes:
        row: its place in the split, from 0.
        text: at most 500 characters of it.
        truth, answer: labels.
        score: softmax probability of the answer.
        truth_score: that of the truth.
    """

    row: int
    text: str
    truth: str
    answer: str
    score: float
    truth_score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How good a model is on one split, and what it gets wrong.

    Attributes:
        schema_version: of this record.
        split: name of the texts, such as ``test``.
        texts: N.
        labels: C names.
        accuracy: share of right answers, no text refused.
        accuracy_interval: its 95 % bootstrap interval.
        macro_f1: mean F1 of the labels that occur.
        classes: figures of each label, in the order of the labels.
        confusion: the cells that are not 0 as (truth, answer, count), numbers of labels.
        confused: the most frequent confusions.
        temperature: that was folded into the head; 1.0 where none was.
        uncalibrated: before the temperature.
        calibrated: of the logits as they are exported.
        abstention: what the model's threshold does to these texts.
        out_of_scope_auroc: how well the score tells the split from out-of-scope texts; None without any.
        most_confident: the wrong answers with the highest scores.
        mistakes: wrong answers of every label, at most 200 in all: each label's most confident one before any
            label's second; in the order of the labels.
        mistakes_total: how many there are.
        training: how the model came about, as the training wrote it.
    """

    schema_version: int = SCHEMA_VERSION
    split: str
    texts: int
    labels: tuple[str, ...]
    accuracy: float
    accuracy_interval: tuple[float, float]
    macro_f1: float
    classes: tuple[ClassFigures, ...]
    confusion: tuple[tuple[int, int, int], ...]
    confused: tuple[ConfusedPair, ...]
    temperature: float
    uncalibrated: Calibration
    calibrated: Calibration
    abstention: OperatingPoint
    out_of_scope_auroc: float | None
    most_confident: tuple[Mistake, ...]
    mistakes: tuple[Mistake, ...]
    mistakes_total: int
    training: Mapping[str, Any]


def build_report(
    logits: NDArray[np.floating],
    label_ids: NDArray[np.integer],
    texts: Sequence[str],
    labels: Sequence[str],
    *,
    threshold: float,
    temperature: float = 1.0,
    out_of_scope_logits: NDArray[np.floating] | None = None,
    training: Mapping[str, Any] | None = None,
    split: str = "test",
) -> Report:
    """Measures a model on texts that it was not trained on.

    Args:
        logits: float [N, C] of the model as it is exported, its temperature folded in.
        label_ids: int [N], the truth.
        texts: N texts.
        labels: C names.
        threshold: the model's; a lower score means no answer.
        temperature: that was folded in, to tell what calibration was like before.
        out_of_scope_logits: float [M, C] of texts that have none of the labels.
        training: what else to keep, such as ``config``, ``seed``, ``seconds``, ``data`` and ``history``: a list with
            a mapping per epoch, whose numbers with "loss" or "accuracy" in their names are drawn.
        split: what these texts are.

    Raises:
        InputError: shapes, labels, numbers or a threshold that cannot be.
    """
    check_answers(logits, label_ids)
    names = check_labels(labels, logits.shape[1])
    if len(texts) != len(logits):
        raise InputError(
            f"{len(texts)} texts, but {len(logits)} rows of logits; give one for each."
        )
    if not 0 < temperature < float("inf"):
        raise InputError(f"temperature is {temperature!r}; give a number above 0.")
    threshold = check_threshold(threshold, names)
    answers, scores = logits.argmax(axis=1), scope_scores(logits)
    outside = None
    if out_of_scope_logits is not None:
        check_logits("out_of_scope_logits", out_of_scope_logits)
        outside = scope_scores(out_of_scope_logits)
    correct = answers == label_ids
    figures = class_figures(label_ids, answers, names)
    wrong = _by_confidence(logits, label_ids, texts, names)
    return Report(
        split=split,
        texts=len(texts),
        labels=names,
        accuracy=float(correct.mean()),
        accuracy_interval=accuracy_interval(int(correct.sum()), len(correct)),
        macro_f1=macro_f1(figures),
        classes=figures,
        confusion=confusion_cells(label_ids, answers, len(names)),
        confused=confused_pairs(label_ids, answers, names),
        temperature=temperature,
        uncalibrated=measure_calibration(logits.astype(np.float64) * temperature, label_ids),
        calibrated=measure_calibration(logits, label_ids),
        abstention=operating_point(threshold, scores, correct, outside),
        out_of_scope_auroc=None if outside is None else auroc(scores, outside),
        most_confident=tuple(wrong[:_MOST_CONFIDENT]),
        mistakes=_of_every_label(wrong, names),
        mistakes_total=len(wrong),
        training=dict(training or {}),
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
            text=_shortened(texts[row]),
            truth=labels[label_ids[row]],
            answer=labels[answers[row]],
            score=float(probabilities[row, answers[row]]),
            truth_score=float(probabilities[row, label_ids[row]]),
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


def _shortened(text: str) -> str:
    return text if len(text) <= _TEXT_LENGTH else text[: _TEXT_LENGTH - 1] + "…"
