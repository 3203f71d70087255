"""What follows the loop: calibration, the threshold, the checkpoint and the report."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from neurolite_core.answer.scores import log_sum_exp, scope_scores
from neurolite_core.artifact.checkpoint import save_checkpoint
from neurolite_core.data.store import TextStore
from neurolite_core.evaluation.abstention import OperatingPoint, choose_threshold
from neurolite_core.evaluation.calibration import (
    fit_temperature,
    fold_shift,
    fold_temperature,
)
from neurolite_core.evaluation.report import Report, build_report
from neurolite_core.evaluation.report_files import write_report
from neurolite_core.ground.errors import InputError
from neurolite_core.network.model import NeuroLiteForClassification
from neurolite_core.training.fitting.loop import Validation
from neurolite_core.training.fitting.predict import predict
from neurolite_core.training.sources import Sources

MOST_PROBES: Final = 1000
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


def calibrate(
    network: NeuroLiteForClassification, sources: Sources, device: torch.device
) -> tuple[float, OperatingPoint]:
    """Folds a temperature and a shift into the head, so that scores mean what they say.

    The threshold on ``scope_scores`` then is 0.5, or 0 where no threshold separates anything.

    Args:
        network: fitted; its head and threshold are changed in place.
        sources: the validation rows, and the out-of-scope texts that were not learned.
        device: where the network is.

    Returns:
        The temperature, and what the threshold does to the validation rows.
    """
    validation = sources.validation
    logits = predict(network, validation.store, validation.rows, device)
    temperature = fit_temperature(logits, validation.label_ids)
    fold_temperature(network, temperature)
    logits = logits / np.float32(temperature)
    correct = logits.argmax(axis=1) == validation.label_ids
    outside = out_of_scope_logits(network, sources, device)
    # Scores near 1 would lose digits: the least sure texts are moved to the middle first.
    shift = -float(np.quantile(log_sum_exp(logits), 0.05))
    chosen = choose_threshold(
        scope_scores(logits + shift),
        correct,
        None if outside is None else scope_scores(outside + shift),
    )
    if chosen.threshold > 0:
        shift -= math.log(chosen.threshold / (1 - chosen.threshold))
    fold_shift(network, shift)
    network.threshold = THRESHOLD if chosen.threshold > 0 else 0.0
    return temperature, replace(chosen, threshold=network.threshold)


def finish(
    network: NeuroLiteForClassification,
    sources: Sources,
    device: torch.device,
    facts: Mapping[str, Any],
    folder: Path | None,
) -> Report:
    """Calibrates, measures, and writes the checkpoint and the report.

    Args:
        network: fitted.
        sources: their ``reported`` rows are measured.
        device: where the network is.
        facts: of the training, for the report.
        folder: to write to; None writes nothing.
    """
    temperature, point = calibrate(network, sources, device)
    measured = sources.reported
    # Answered again, although calibration knows the logits: the figures are those of the network that is saved.
    report = build_report(
        predict(network, measured.store, measured.rows, device),
        measured.label_ids,
        _decoded(measured),
        network.labels,
        threshold=network.threshold,
        temperature=temperature,
        out_of_scope_logits=out_of_scope_logits(network, sources, device),
        training={**facts, "threshold_on_validation": asdict(point)},
        unseen=measured.store.labels[len(network.labels) :],
        split=sources.split,
    )
    if folder is not None:
        save_checkpoint(network, folder, probes=_probes(sources))
        write_report(report, folder)
    return report


def out_of_scope_logits(
    network: NeuroLiteForClassification, sources: Sources, device: torch.device
) -> NDArray[np.float32] | None:
    """Logits float32 [M, C] of the out-of-scope texts that were not learned; None without any."""
    if sources.out_of_scope is None:
        return None
    _, held = out_of_scope_rows(sources.out_of_scope)
    return predict(network, sources.out_of_scope, held, device)


def _decoded(part: Validation) -> list[str]:
    return [text.decode("utf-8", "surrogatepass") for text in part.store.texts(part.rows)]


def _probes(sources: Sources) -> Sequence[tuple[str, str | None]]:
    """Validation texts, evenly taken, on which every export is checked."""
    validation = sources.validation
    step = max(1, len(validation.rows) // MOST_PROBES)
    some = Validation(validation.store, validation.rows[::step][:MOST_PROBES])
    labels = (sources.train.labels[number] for number in some.label_ids)
    return list(zip(_decoded(some), labels, strict=True))
