"""What follows the loop: how readily spans go on, thresholds, the label's calibration, the report, the checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from neurolite_core.answer.tasks import MULTI_LABEL
from neurolite_core.evaluation.report_files import AnyReport, WrittenReport
from neurolite_core.evaluation.spans.part import SpansPart, build_spans_part
from neurolite_core.evaluation.spans.report import build_spans_report
from neurolite_core.evaluation.spans.thresholds import choose_span_thresholds
from neurolite_core.network.model import TextNetwork
from neurolite_core.training.ending import FINISHINGS, probes_of, write_all
from neurolite_core.training.experts_use import experts_use
from neurolite_core.training.spans.answering import SpanAnswers, answers_of
from neurolite_core.training.spans.going_on import choose_going_on
from neurolite_core.training.spans.reading import SpanSources
from neurolite_core.training.spikes_use import has_spikes, spikes_use


def finish_spans(
    network: TextNetwork,
    found: SpanSources,
    device: torch.device,
    facts: Mapping[str, Any],
    folder: Path,
    *,
    pictures: bool = True,
) -> WrittenReport:
    """Calibrates, chooses how readily spans go on and thresholds, measures, and writes the checkpoint and the report.

    Args:
        network: fitted; changed in place.
        found: their ``reported`` rows are measured.
        device: where the network is.
        facts: of the training, for the report.
        folder: to write to.
        pictures: draw those of the report.

    Raises:
        InputError: the folder cannot be written; of an earlier model no report is left there.
    """
    facts = {**facts, "going_on": choose_going_on(network, found, device)}
    choose_thresholds(network, found, device)
    if network.config.use_dynamic_routing:
        facts = {**facts, **experts_use(network, found.sources.reported, device)}
    if has_spikes(network):
        facts = {**facts, **spikes_use(network, found.sources.reported, device)}
    report = _report(network, found, device, facts)
    probes, rows = probes_of(found.sources)
    held = found.validation  # of which the probes are, as there are always some
    spans = [
        [
            (one.start, one.end, one.type)
            for one in held.written[row].spans
            if one.type in found.types
        ]
        for row in rows.tolist()
    ]
    write_all(network, report, folder, probes, pictures=pictures, spans=spans)
    return report


def choose_thresholds(network: TextNetwork, found: SpanSources, device: torch.device) -> None:
    """Sets the network's thresholds of types by the validation rows, in place."""
    rows, held = found.sources.validation.rows, found.validation
    answers = answers_of(network, held, rows, device)
    # Types that only these texts have are not the model's to find.
    truths = [[span for span in own if span.type < held.known] for own in held.truths(rows)]
    scores = [[one.score for one in own] for own in answers.found]
    network.span_thresholds = choose_span_thresholds(truths, answers.spans(), scores, held.known)


def _report(
    network: TextNetwork, found: SpanSources, device: torch.device, facts: Mapping[str, Any]
) -> WrittenReport:
    measured, tagged = found.sources.reported, found.reported
    if not found.labelled:
        answers = answers_of(network, tagged, measured.rows, device)
        part = _part(network, found, answers, None)
        return build_spans_report(
            part, len(measured.rows), training=facts, split=found.sources.split
        )
    report: AnyReport = FINISHINGS[network.task].measure(
        network, found.sources, device, facts, None
    )
    # Answered again: the labels' figures and these are those of the network that is saved.
    answers = answers_of(network, tagged, measured.rows, device)
    return replace(
        report, spans=_part(network, found, answers, labels_right(network, found, answers))
    )


def labels_right(
    network: TextNetwork, found: SpanSources, answers: SpanAnswers
) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Whether each reported text got exactly its label or labels, bool [R]; labels that are not learned are wrong."""
    measured = found.sources.reported
    if network.task != MULTI_LABEL:
        return np.asarray(answers.logits.argmax(axis=1) == measured.label_ids)
    names = len(measured.store.labels)
    truths = measured.store.label_sets.matrix(measured.label_ids, names)
    given = np.zeros(truths.shape, np.bool_)
    given[:, : answers.logits.shape[1]] = answers.logits >= 0  # a sigmoid of 0.5
    return np.asarray((given == truths.astype(np.bool_)).all(axis=1))


def _part(
    network: TextNetwork,
    found: SpanSources,
    answers: SpanAnswers,
    right: np.ndarray[Any, np.dtype[np.bool_]] | None,
) -> SpansPart:
    measured, tagged = found.sources.reported, found.reported
    rows, given = measured.rows, answers.given(network.span_thresholds)
    more = (0.0,) * (len(tagged.types) - tagged.known)
    return build_spans_part(
        tagged.truths(rows),
        [[one.span for one in own] for own in given],
        [[one.score for one in own] for own in given],
        measured.texts(),
        tagged.types,
        thresholds=(*network.span_thresholds, *more),
        lost=tagged.lost_of(rows),
        snapping=tagged.snapping(rows, network.config.max_words),
        labels_right=right,
    )
