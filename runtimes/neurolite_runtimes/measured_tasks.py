"""Labelled rows and a model's logits to the report of the model's task; a task that can be measured is a row here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from neurolite_core.answer.tasks import ANSWERINGS, CLASSIFICATION, MULTI_LABEL, SEVERAL_THRESHOLD
from neurolite_core.data.spans import SpanRow
from neurolite_core.evaluation.comparison import Answers, compare
from neurolite_core.evaluation.multi_label.comparison import GivenSets, compare_sets
from neurolite_core.evaluation.multi_label.report import MultiLabelReport, build_multi_label_report
from neurolite_core.evaluation.report import Report, build_report
from neurolite_core.evaluation.report_files import AnyReport
from neurolite_runtimes.session import Float32Array


@dataclass(frozen=True, slots=True)
class Turn:
    """One text of a conversation: read, and asked about where it has a place among the rows.

    Attributes:
        text: of the turn.
        place: in ``Rows.texts``, or of a text out of scope in ``Rows.outside``; None where it is only read.
        in_scope: which of the two.
    """

    text: str
    place: int | None = None
    in_scope: bool = True


@dataclass(frozen=True, slots=True)
class Rows:
    """Labelled texts in the order of their files, and others that no label fits.

    Attributes:
        texts: N texts.
        labels: of each of them, one or, of several labels a text, any number.
        spans: of each of the N texts its row of a file with spans; None of one of another file.
        outside: M texts out of scope; their order does not matter.
        conversations: the turns in their order, by file and name of the conversation; empty where rows stand alone.
        sources: how each file was read, for people.
        skipped: rows that could not be used, by file.
    """

    texts: list[str] = field(default_factory=list)
    labels: list[tuple[str, ...]] = field(default_factory=list)
    spans: list[SpanRow | None] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    conversations: dict[tuple[str, str], list[Turn]] = field(default_factory=dict)
    sources: list[str] = field(default_factory=list)
    skipped: dict[str, int] = field(default_factory=dict)

    @property
    def truths(self) -> list[str]:
        """The N labels, where each text has one."""
        return [label for (label,) in self.labels]


@dataclass(frozen=True, slots=True)
class Second:
    """Another model: its name, its C labels, logits float32 [N, C] of the same texts, and its threshold."""

    name: str
    labels: tuple[str, ...]
    logits: Float32Array
    threshold: float | None


def one_label_report(
    rows: Rows,
    labels: Sequence[str],
    logits: Float32Array,
    threshold: float | None,
    other: Second | None,
    outside: Float32Array | None,
    measured: Mapping[str, Any],
) -> Report:
    """Of a model that gives a text one label; arguments as of ``evaluating.evaluate``."""
    truths = rows.truths
    against = None
    if other is not None:
        mine, theirs = Answers(tuple(labels), logits), Answers(other.labels, other.logits)
        against = compare(mine, theirs, truths, rows.texts, other.name)
    unseen = sorted(set(truths) - set(labels))
    places = {label: place for place, label in enumerate((*labels, *unseen))}
    return build_report(
        logits,
        np.array([places[label] for label in truths], np.int64),
        rows.texts,
        labels,
        threshold=threshold,
        out_of_scope_logits=outside,
        measured=measured,
        against=against,
        unseen=unseen,
    )


def several_labels_report(
    rows: Rows,
    labels: Sequence[str],
    logits: Float32Array,
    threshold: float | None,
    other: Second | None,
    outside: Float32Array | None,
    measured: Mapping[str, Any],
) -> MultiLabelReport:
    """Of a model that gives a text any number of labels; arguments as of ``evaluating.evaluate``."""
    limit = SEVERAL_THRESHOLD if threshold is None else threshold
    given = ANSWERINGS[MULTI_LABEL].given
    against = None
    if other is not None:
        against = compare_sets(
            GivenSets(tuple(labels), given(logits, limit)),
            GivenSets(other.labels, given(other.logits, other.threshold)),
            rows.labels,
            rows.texts,
            other.name,
        )
    unseen = sorted({label for own in rows.labels for label in own} - set(labels))
    places = {label: place for place, label in enumerate((*labels, *unseen))}
    truths = np.zeros((len(rows.texts), len(places)), np.bool_)
    for row, own in enumerate(rows.labels):
        truths[row, [places[label] for label in own]] = True
    return build_multi_label_report(
        logits,
        truths,
        rows.texts,
        labels,
        threshold=limit,
        out_of_scope_logits=outside,
        measured=measured,
        against=against,
        unseen=unseen,
    )


REPORTS: Final[Mapping[str, Callable[..., AnyReport]]] = MappingProxyType(
    {CLASSIFICATION: one_label_report, MULTI_LABEL: several_labels_report}
)
