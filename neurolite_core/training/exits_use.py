"""Exits of a trained classifier: calibrated on validation rows, opened, and measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neurolite_core.answer.scores import log_sum_exp, top_scores
from neurolite_core.evaluation.calibration import fit_temperature
from neurolite_core.evaluation.early_exit import (
    FEWEST_TEXTS,
    choose_thresholds,
    curve,
    depths,
    point_of,
    shares,
)
from neurolite_core.network.early import layer_answers
from neurolite_core.network.exits import Exits, opened
from neurolite_core.network.model import NeuroLiteForClassification
from neurolite_core.training.fitting.predict import computed
from neurolite_core.training.held_rows import Validation

FACTS: Final = "exits"
Layers = NDArray[np.float32]
"""float32 [D, R, C], the logits of each layer."""


def open_exits(
    network: NeuroLiteForClassification,
    validation: Validation,
    measured: Validation,
    device: torch.device,
    allowed: float,
) -> dict[str, Any]:
    """Calibrates exits and lets them answer, in place; for the report, ``exits``; nothing of a network without.

    Each exit gets a temperature, a shift that brings its scores of scope to the last layer's, and a threshold.

    Args:
        network: calibrated; its rules are not asked.
        validation: rows that it did not learn.
        measured: rows that the figures are of.
        device: where it is.
        allowed: share of the validation texts that may be lost.

    Returns:
        Under "exits": "layers" D; "allowed"; "rows" of validation; "thresholds", "temperatures"; "depth", the mean
        layer that answers, "accuracy", and "accuracy_of_last", that of all layers; "accuracies" of each layer alone;
        "shares" of the texts that each layer answers; "curve", points of depth and accuracy; or "why_none".
    """
    exits = network.exits
    if exits is None:
        return {}
    facts: dict[str, Any] = {"layers": network.config.num_layers, "allowed": allowed}
    facts["rows"] = len(validation.rows)
    if len(validation.rows) < FEWEST_TEXTS:
        why = f"{len(validation.rows)} validation rows are too few to say when a layer is sure; it takes {FEWEST_TEXTS}"
        return {FACTS: {**facts, "why_none": why}}
    labels = len(network.labels)
    logits = layer_logits(network, validation, device)
    facts["temperatures"] = _calibrate(exits, logits, validation.truths(labels))
    chosen_on = _judged(layer_logits(network, validation, device), validation)
    thresholds = choose_thresholds(*chosen_on, allowed)
    opened(exits, thresholds)
    confidence, right = measured_on = _judged(layer_logits(network, measured, device), measured)
    point = point_of(confidence, right, thresholds, allowed)
    return {
        FACTS: {
            **facts,
            "thresholds": list(thresholds),
            "depth": point.depth,
            "accuracy": point.accuracy,
            "accuracy_of_last": float(right[:, -1].mean()),
            "accuracies": [float(share) for share in right.mean(axis=0)],
            "shares": shares(depths(confidence, thresholds), right.shape[1]),
            "curve": [asdict(each) for each in curve(chosen_on, measured_on)],
        }
    }


def layer_logits(
    network: NeuroLiteForClassification, rows: Validation, device: torch.device
) -> Layers:
    """What each layer says of rows, float32 [D, R, C], calibrated as it is now, without rules."""
    layers, labels = network.config.num_layers, len(network.labels)

    def compute(*features: Tensor) -> Tensor:
        found, _ = layer_answers(network, *features)
        return torch.cat(found, dim=1)

    found = computed(network, rows.store, rows.rows, device, compute, layers * labels)
    return np.moveaxis(found.reshape(-1, layers, labels), 1, 0)


def _calibrate(exits: Exits, logits: Layers, label_ids: NDArray[np.integer]) -> list[float]:
    """A temperature and a shift for each exit, in place; gives the temperatures."""
    of_last = log_sum_exp(logits[-1].astype(np.float64))
    found = []
    for place, own in zip(exits.each(), logits[:-1], strict=True):
        temperature = fit_temperature(own, label_ids)
        moved = of_last - log_sum_exp(own.astype(np.float64) / temperature)
        place.scale.fill_(1.0 / temperature)
        place.shift.fill_(float(np.median(moved)))
        found.append(temperature)
    return found


def _judged(logits: Layers, rows: Validation) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """How sure the exits are, float64 [R, D - 1], and which layers are right, bool [R, D]."""
    confidence = np.stack([top_scores(own) for own in logits[:-1]], axis=1)
    right = np.stack([own.argmax(axis=1) == rows.label_ids for own in logits], axis=1)
    return confidence.astype(np.float64), right


def exits_line(facts: dict[str, Any]) -> str:
    """The figures in a line, for people."""
    if "why_none" in facts:
        return f"none answers: {facts['why_none']}"
    early: Sequence[float] = facts["shares"][:-1]
    return (
        f"{facts['depth']:.2f} of {facts['layers']} layers answer, {100 * sum(early):.1f} % of the texts early; "
        f"{100 * facts['accuracy']:.2f} % right, by all layers {100 * facts['accuracy_of_last']:.2f} %"
    )
