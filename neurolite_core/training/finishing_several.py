"""What follows the loop with several labels a text: a temperature, a threshold for each label, and the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from neurolite_core.answer.tasks import SEVERAL_THRESHOLD
from neurolite_core.evaluation.calibration import fold_shift, fold_temperature
from neurolite_core.evaluation.multi_label.report import MultiLabelReport, build_multi_label_report
from neurolite_core.evaluation.multi_label.thresholds import (
    LabelThresholds,
    choose_label_thresholds,
    fit_label_temperature,
)
from neurolite_core.network.model import NeuroLiteForClassification
from neurolite_core.training.cross_fitting import CROSS_FITTED, Scored
from neurolite_core.training.evidence import put_in_force, ruled_rows
from neurolite_core.training.finishing import out_of_scope_logits
from neurolite_core.training.fitting.predict import predict
from neurolite_core.training.sources import Sources


def measure(
    network: NeuroLiteForClassification,
    sources: Sources,
    device: torch.device,
    facts: Mapping[str, Any],
    crossed: Scored | None = None,
) -> MultiLabelReport:
    """Calibrates and measures; arguments as of ``ending.finish``."""
    more = ruled_rows(network, crossed, sources)
    temperature, chosen = calibrate_labels(network, sources, device, more)
    put_in_force(network)
    measured = sources.reported
    names = measured.store.labels
    if crossed is not None and sources.split == CROSS_FITTED:
        # The network has learned these rows: the figures are of models that did not, calibrated as it is.
        logits = crossed.logits / np.float32(temperature) - chosen.logits.astype(np.float32)
        again = ruled_rows(network, replace(crossed, logits=logits), sources)
        logits = logits if again is None else again.logits
    else:
        logits = predict(network, measured.store, measured.rows, device)
    return build_multi_label_report(
        logits,
        measured.store.label_sets.matrix(measured.label_ids, len(names)),
        measured.texts(),
        network.labels,
        threshold=SEVERAL_THRESHOLD,
        temperature=temperature,
        thresholds=chosen.probabilities,
        out_of_scope_logits=out_of_scope_logits(network, sources, device),
        training={
            **facts,
            "thresholds": {
                "validation": len(sources.validation.rows),
                **_facts(chosen, network.labels, crossed),
            },
        },
        unseen=names[len(network.labels) :],
        split=sources.split,
    )


def calibrate_labels(
    network: NeuroLiteForClassification,
    sources: Sources,
    device: torch.device,
    crossed: Scored | None = None,
) -> tuple[float, LabelThresholds]:
    """Folds a temperature and a shift for each label into the head, so that 0.5 is the threshold of all labels.

    Out-of-scope texts that were not learned are texts without any label here, and choose with the others.

    Args:
        network: fitted; its head and threshold are changed in place.
        sources: the validation rows, and the out-of-scope texts.
        device: where the network is.
        crossed: more rows, where these are too few.

    Returns:
        The temperature, and the thresholds before they were folded.
    """
    validation, count = sources.validation, len(network.labels)
    logits = [predict(network, validation.store, validation.rows, device)]
    truths: list[NDArray[np.floating]] = [validation.truths(count)]
    if crossed is not None:
        logits.append(crossed.logits)
        truths.append(crossed.truths)
    outside = out_of_scope_logits(network, sources, device)
    if outside is not None:
        logits.append(outside)
        truths.append(np.zeros(outside.shape, np.float32))
    every, truth = np.concatenate(logits), np.concatenate(truths) > 0
    temperature = fit_label_temperature(every, truth)
    fold_temperature(network, temperature)
    chosen = choose_label_thresholds(every / np.float32(temperature), truth)
    fold_shift(network, -chosen.logits)
    network.threshold = SEVERAL_THRESHOLD
    return temperature, chosen


def figures(report: MultiLabelReport) -> dict[str, Any]:
    """What a training tells programs of its report, beside what all tasks tell."""
    return {
        "micro": asdict(report.micro),
        "macro_f1_interval": report.macro_f1_interval,
        "thresholds_chosen": report.training["thresholds"],
        "out_of_scope": None if report.out_of_scope is None else asdict(report.out_of_scope),
    }


def _facts(
    chosen: LabelThresholds, labels: tuple[str, ...], crossed: Scored | None
) -> dict[str, Any]:
    """For the report: labels whose own texts were too few, how many chose for them, and rows of cross-fitting."""
    return {
        "cross_fitted": 0 if crossed is None else len(crossed.truths),
        "together": [label for label, own in zip(labels, chosen.own, strict=True) if not own],
        "together_texts": chosen.pooled,
    }
