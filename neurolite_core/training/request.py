"""What a training is asked for, and what came out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neurolite_core.answer.tasks import CLASSIFICATION
from neurolite_core.artifact.checkpoint import Checkpoint
from neurolite_core.evaluation.report_files import WrittenReport
from neurolite_core.evaluation.spans.report import SpansReport
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.rules.parts import RuleSet
from neurolite_core.training.choosing.candidates import NONE, Candidate
from neurolite_core.training.ending import FINISHINGS
from neurolite_core.training.launching import Machine
from neurolite_core.training.options import TrainingOptions
from neurolite_core.training.sources import DataFiles
from neurolite_core.training.spans.telling import span_figures
from neurolite_core.training.teaching.teachers.objects import GivesProbabilities, GivesVectors


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One training.

    Attributes:
        files: the data.
        config: of the model.
        start: an encoder whose weights it begins with, of ``config`` but for ``table_bits`` and for
            layers; None for drawn ones.
        options: of the training.
        task: of the model; with ``spans`` labels that the data has are left unread.
        name: of what it begins with, for people.
        also: others that are trained too; validation rows pick.
        most_bytes: of the int8 ONNX file of a model that is trained at all; None for any.
        share: of ``options.minutes`` that this model gets.
        machine: where.
        out: folder of the checkpoint, the report and the state.
        work: folder for stores and what teachers say; trainings may share it.
        rules: that decide beside the network; None without any.
        teachers: what is distilled from: folders of models, or objects that give vectors or probabilities.
        restart: forget an interrupted training.
        pictures: draw those of the report.
    """

    files: DataFiles
    config: NeuroLiteConfig
    options: TrainingOptions
    machine: Machine
    out: Path
    work: Path
    start: Checkpoint | None = None
    task: str = CLASSIFICATION
    name: str = NONE
    also: tuple[Candidate, ...] = ()
    most_bytes: int | None = None
    share: float = 1.0
    rules: RuleSet | None = None
    teachers: tuple[Path | GivesVectors | GivesProbabilities, ...] = ()
    restart: bool = False
    pictures: bool = True


@dataclass(frozen=True, slots=True)
class Trained:
    """What came out.

    Attributes:
        folder: of the checkpoint.
        report: on the test rows, else on the validation rows.
        resumed_at: the step at which an interrupted training went on; 0 for a new one.
    """

    folder: Path
    report: WrittenReport
    resumed_at: int

    def figures(self) -> dict[str, Any]:
        """The main figures, for JSON."""
        report = self.report
        return {
            "checkpoint": str(self.folder),
            "split": report.split,
            "texts": report.texts,
            **_label_figures(report),
            **({} if report.spans is None else {"spans": span_figures(report.spans)}),
            **{
                name: report.training[name]
                for name in ("teacher", "exits")
                if name in report.training
            },
            "seconds": report.training["seconds"],
            "steps": report.training["steps"],
            "start": report.training["start"],
            "chosen": report.training["chosen"],
            "tried": report.training["tried"],
            "resumed_at": self.resumed_at,
        }


def _label_figures(report: WrittenReport) -> dict[str, Any]:
    if isinstance(report, SpansReport):
        return {}
    return {
        "labels": len(report.labels),
        "accuracy": report.accuracy,
        "accuracy_interval": list(report.accuracy_interval),
        "macro_f1": report.macro_f1,
        "unseen": {row.label: row.texts for row in report.unseen},
        **FINISHINGS[report.task].figures(report),
    }
