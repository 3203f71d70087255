"""What follows the loop with one label a text: calibration, the threshold and the report."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from neurolite_core.answer.scores import log_sum_exp, scope_scores
from neurolite_core.data.store import TextStore
from neurolite_core.evaluation.abstention import (
    FEWEST_OF_A_LABEL,
    FEWEST_TEXTS,
    LABEL_COVERAGE,
    LabelCoverage,
    OperatingPoint,
    choose_threshold,
    coverage_by_label,
)
from neurolite_core.evaluation.calibration import (
    fit_temperature,
    fold_shift,
    fold_temperature,
)
from neurolite_core.evaluation.report import Report, build_report
from neurolite_core.ground.errors import InputError
from neurolite_core.network.model import NeuroLiteForClassification
from neurolite_core.training.cross_fitting import CROSS_FITTED, FEWEST_ROWS, Scored
from neurolite_core.training.evidence import put_in_force, ruled_rows
from neurolite_core.training.exits_use import open_exits
from neurolite_core.training.fitting.predict import predict
from neurolite_core.training.options import TrainingOptions
from neurolite_core.training.sources import Sources

THRESHOLD: Final = 0.5


def out_of_scope_rows(store: TextStore) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Half of the texts are learned, the other half decides the threshold; int64 each, ascending.

    Raises:
        InputError: fewer than two texts.
    """
    order = np.random.default_rng(0).permutation(len(store))
    if len(order) < 2:
        raise InputError(
            f"--out-of-scope has {len(order)} text; give two or more: half are learned, and the others "
            "decide the threshold."
        )
    half = len(order) // 2
    return np.sort(order[:half]), np.sort(order[half:])


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """How a model's threshold was chosen, and what could not be.

    Attributes:
        temperature: folded into the head.
        shift: of all logits, folded into it after that.
        point: the threshold, and what it does to the rows it was chosen on.
        coverage: what it does to those of each label.
        validation: how many of the rows were held back from all models.
        cross_fitted: how many of them were answered by models that did not learn them.
        below: labels of which it answers less than 90 %.
        too_few: labels of which there are too few rows to tell.
        why_none: where there is no threshold, the reason.
    """

    temperature: float
    shift: float
    point: OperatingPoint
    coverage: tuple[LabelCoverage, ...]
    validation: int
    cross_fitted: int
    below: tuple[str, ...]
    too_few: tuple[str, ...]
    why_none: str | None

    def facts(self) -> dict[str, Any]:
        """For the report."""
        return {
            "validation": self.validation,
            "cross_fitted": self.cross_fitted,
            "below": list(self.below),
            "too_few": list(self.too_few),
            "why_none": self.why_none,
        }


def calibrate(
    network: NeuroLiteForClassification,
    sources: Sources,
    device: torch.device,
    crossed: Scored | None = None,
) -> Chosen:
    """Folds a temperature and a shift into the head, so that scores mean what they say.

    The threshold on ``scope_scores`` then is 0.5, or None where none refuses anything and keeps what it must.

    Args:
        network: fitted; its head and threshold are changed in place.
        sources: the validation rows, and the out-of-scope texts that were not learned.
        device: where the network is.
        crossed: more rows, where these are too few.

    Returns:
        The temperature, and what the threshold does to the rows it was chosen on.
    """
    validation = sources.validation
    logits = predict(network, validation.store, validation.rows, device)
    label_ids = validation.truths(len(network.labels))
    if crossed is not None:
        logits = np.concatenate([logits, crossed.logits])
        label_ids = np.concatenate([label_ids, crossed.truths])
    return calibrate_on(
        network,
        logits,
        label_ids,
        lambda: out_of_scope_logits(network, sources, device),
        validation=len(validation.rows),
    )


def calibrate_on(
    network: NeuroLiteForClassification,
    logits: NDArray[np.float32],
    label_ids: NDArray[np.integer],
    outside_logits: Callable[[], NDArray[np.float32] | None],
    *,
    validation: int,
) -> Chosen:
    """As ``calibrate``, of answers that are there.

    Args:
        network: fitted; its head and threshold are changed in place.
        logits: float32 [R, C], as it gives them now.
        label_ids: int [R], the truth.
        outside_logits: gives those of out-of-scope texts, as the network answers them when it is called; None without.
        validation: how many of the R rows were held back from all models; the others are cross-fitted.
    """
    temperature = fit_temperature(logits, label_ids)
    fold_temperature(network, temperature)
    logits = logits / np.float32(temperature)
    correct = logits.argmax(axis=1) == label_ids
    outside = outside_logits()
    # Scores near 1 would lose digits: the least sure texts are moved to the middle first.
    shift = -float(np.quantile(log_sum_exp(logits), 0.05))
    scores = scope_scores(logits + shift)
    chosen = choose_threshold(
        scores,
        correct,
        None if outside is None else scope_scores(outside + shift),
        label_ids=label_ids,
    )
    if chosen.threshold is not None:
        shift -= math.log(chosen.threshold / (1 - chosen.threshold))
    fold_shift(network, shift)
    network.threshold = None if chosen.threshold is None else THRESHOLD
    coverage = coverage_by_label(chosen.threshold, scores, correct, label_ids, network.labels)
    enough = {row.label for row in coverage if row.texts >= FEWEST_OF_A_LABEL}
    return Chosen(
        temperature=temperature,
        shift=shift,
        point=replace(chosen, threshold=network.threshold),
        coverage=coverage,
        validation=validation,
        cross_fitted=len(label_ids) - validation,
        below=tuple(
            row.label
            for row in coverage
            if row.label in enough and row.coverage < LABEL_COVERAGE - 1e-9
        ),
        too_few=tuple(label for label in network.labels if label not in enough),
        why_none=_why_none(chosen, outside is not None),
    )


def _why_none(chosen: OperatingPoint, has_outside: bool) -> str | None:
    if chosen.threshold is not None:
        return None
    if chosen.texts < FEWEST_TEXTS:
        return (
            f"{chosen.texts} rows are too few to choose a threshold; it takes {FEWEST_TEXTS} for validation, or "
            f"{FEWEST_ROWS} in all (--folds)"
        )
    if has_outside:
        return "no threshold tells the out-of-scope texts from the others"
    return "no threshold refuses anything and keeps 90 % of every label"


def figures(report: Report) -> dict[str, Any]:
    """What a training tells programs of its report, beside what all tasks tell."""
    return {
        "ece": report.calibrated.ece,
        "abstention": asdict(report.abstention),
        "abstention_chosen": report.training["abstention"],
        "out_of_scope_auroc": report.out_of_scope_auroc,
    }


def measure(
    network: NeuroLiteForClassification,
    sources: Sources,
    device: torch.device,
    facts: Mapping[str, Any],
    crossed: Scored | None = None,
) -> Report:
    """Calibrates and measures; arguments as of ``ending.finish``."""
    chosen = calibrate(network, sources, device, ruled_rows(network, crossed, sources))
    measured = sources.reported
    allowed = TrainingOptions(**facts.get("options", {})).exit_loss
    facts = {**facts, **open_exits(network, sources.validation, measured, device, allowed)}
    put_in_force(network)
    if crossed is not None and sources.split == CROSS_FITTED:
        # The network has learned these rows: the figures are of models that did not, calibrated as it is.
        logits = crossed.logits / np.float32(chosen.temperature) + np.float32(chosen.shift)
        again = ruled_rows(network, replace(crossed, logits=logits), sources)
        logits = logits if again is None else again.logits
    else:
        # Answered again, although calibration knows the logits: the figures are those of the network that is saved.
        logits = predict(network, measured.store, measured.rows, device)
    return build_report(
        logits,
        measured.label_ids,
        measured.texts(),
        network.labels,
        threshold=network.threshold,
        temperature=chosen.temperature,
        out_of_scope_logits=out_of_scope_logits(network, sources, device),
        training={
            **facts,
            "threshold_on_validation": asdict(chosen.point),
            "abstention": chosen.facts(),
        },
        unseen=measured.store.labels[len(network.labels) :],
        split=sources.split,
    )


def out_of_scope_logits(
    network: NeuroLiteForClassification, sources: Sources, device: torch.device
) -> NDArray[np.float32] | None:
    """Logits float32 [M, C] of the out-of-scope texts that were not learned; None without any."""
    if sources.out_of_scope is None:
        return None
    _, held = out_of_scope_rows(sources.out_of_scope)
    return predict(network, sources.out_of_scope, held, device)
