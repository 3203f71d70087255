"""What follows the loop: calibration and the report of the network's task, and the checkpoint."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from neurolite_core.answer.tasks import CLASSIFICATION, MULTI_LABEL
from neurolite_core.artifact.checkpoint import save_checkpoint
from neurolite_core.artifact.probe_spans import GivenSpan
from neurolite_core.evaluation.report_files import (
    AnyReport,
    WrittenReport,
    remove_report,
    write_report,
)
from neurolite_core.ground.errors import InputError
from neurolite_core.network.model import NeuroLiteForClassification, TextNetwork
from neurolite_core.training import finishing, finishing_several
from neurolite_core.training.cross_fitting import Scored
from neurolite_core.training.experts_use import experts_use
from neurolite_core.training.fitting.task import Validation
from neurolite_core.training.sources import Sources
from neurolite_core.training.spikes_use import has_spikes, spikes_use

MOST_PROBES: Final = 1000

Probe = tuple[str, str | tuple[str, ...] | None]
"""A text with its label, of several labels a text with all of them, or None for unlabelled."""


@dataclass(frozen=True, slots=True)
class Finishing:
    """How the training of one task ends.

    Attributes:
        measure: calibrates a network in place, chooses its thresholds, and reports on it.
        figures: of the report, those that only this task has, for programs.
    """

    measure: Callable[..., Any]
    figures: Callable[..., dict[str, Any]]


FINISHINGS: Final[Mapping[str, Finishing]] = MappingProxyType(
    {
        CLASSIFICATION: Finishing(finishing.measure, finishing.figures),
        MULTI_LABEL: Finishing(finishing_several.measure, finishing_several.figures),
    }
)


def finish(
    network: NeuroLiteForClassification,
    sources: Sources,
    device: torch.device,
    facts: Mapping[str, Any],
    folder: Path | None,
    crossed: Scored | None = None,
    *,
    pictures: bool = True,
) -> AnyReport:
    """Calibrates, measures, and writes the checkpoint and the report.

    Args:
        network: fitted.
        sources: their ``reported`` rows are measured.
        device: where the network is.
        facts: of the training, for the report.
        folder: to write to; None writes nothing.
        crossed: more rows to calibrate on, see ``cross_fitting``.
        pictures: draw those of the report.

    Raises:
        InputError: the folder cannot be written; of an earlier model no report is left there.
    """
    if network.config.use_dynamic_routing:
        facts = {**facts, **experts_use(network, sources.reported, device)}
    if has_spikes(network):
        facts = {**facts, **spikes_use(network, sources.reported, device)}
    report: AnyReport = FINISHINGS[network.task].measure(network, sources, device, facts, crossed)
    if folder is not None:
        probes, _ = probes_of(sources)
        write_all(network, report, folder, probes, pictures=pictures)
    return report


def write_all(
    network: TextNetwork,
    report: WrittenReport,
    folder: Path,
    probes: Sequence[Probe],
    *,
    pictures: bool = True,
    spans: Sequence[Sequence[GivenSpan]] = (),
) -> None:
    """Writes the checkpoint and the report.

    Args:
        network: calibrated.
        report: on it.
        folder: to write to.
        probes: texts with their labels.
        pictures: draw those of the report.
        spans: of each probe, (start, end, type) in characters, of a network that finds spans.

    Raises:
        InputError: the folder cannot be written; of an earlier model no report is left there.
    """
    remove_report(folder)
    save_checkpoint(network, folder, probes=probes, spans=spans)
    try:
        write_report(report, folder, pictures=pictures)
    except InputError as error:
        raise InputError(
            f"{error} The model is in {folder}; its report is not, or not whole. The same command writes both again."
        ) from error


def probes_of(sources: Sources) -> tuple[list[Probe], NDArray[np.int64]]:
    """Validation texts, evenly taken, on which every export is checked; learned ones where all rows were learned.

    Returns:
        Texts with their labels, and their rows int64 in the store of the validation texts.
    """
    validation = sources.validation
    if not len(validation.rows):
        validation = Validation(sources.train, sources.rows)
    step = max(1, len(validation.rows) // MOST_PROBES)
    some = Validation(validation.store, validation.rows[::step][:MOST_PROBES])
    found: list[Probe] = []
    for text, number in zip(some.texts(), some.label_ids, strict=True):
        names = some.store.names(int(number))
        found.append((text, names if some.store.several or names is None else names[0]))
    return found, some.rows
