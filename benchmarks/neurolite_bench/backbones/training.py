"""Trains a row of the page on a data set by the commands that users type, and measures the int8 ONNX file."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from neurolite_bench.backbones.rows import (
    CLOSED,
    COMPARED,
    CONVERSATION_COLUMN,
    CONVERSATIONS,
    ROWS,
    SIZE,
)
from neurolite_bench.conversations.measuring import accuracy as accuracy_of_turns
from neurolite_bench.conversations.measuring import exported
from neurolite_bench.quality_measure import TYPO_SEEDS, accuracy, figures
from neurolite_bench.quality_ours import (
    EXPORT,
    TRAIN,
    answers_of_file,
    answers_of_network,
    run_command,
)
from neurolite_bench.quality_sets import files_of, read_task
from neurolite_core.ground.errors import GateError
from neurolite_core.ground.files import read_limited
from neurolite_core.network.model import NeuroLiteForClassification
from neurolite_core.training.conversations.reading import read_conversations
from neurolite_core.training.conversations.unrolling import answers_of
from neurolite_core.training.sources import DataFiles
from neurolite_export.certificate_names import REFUSED
from neurolite_export.source import checkpoint_source
from neurolite_runtimes import Session, open_artifact

REPORT: Final = "report.json"
_LIMIT: Final = 2**26
_FIGURES: Final = ("accuracy", "test_rows", "typo_accuracy", "float_accuracy")


@dataclass(frozen=True, slots=True)
class Run:
    """One training.

    Attributes:
        row: of the page, one of ``ROWS``.
        name: of the data set, one of ``COMPARED``.
        seed: of the training.
        rate: the highest learning rate, None where nothing goes by it.
        machine: more options of ``neurolite-train``, which say where and change nothing else.
    """

    row: str
    name: str
    seed: int
    rate: float | None
    machine: tuple[str, ...] = ()

    @property
    def folder(self) -> str:
        """Name of the checkpoint's folder."""
        row = self.row.replace(", ", "-").replace(" ", "-")
        return f"{row}-{self.name}-seed{self.seed}-rate{self.rate}"


def split_files(name: str, data: Path, work: Path) -> dict[str, Path]:
    """A file per split of a data set; those of several languages are joined in ``work``.

    Raises:
        InputError: a file is missing or another than it should be.
    """
    if name == CONVERSATIONS:
        names = {"train": "train", "validation": "valid", "test": "test"}
        return {split: data / name / f"{file}.csv" for split, file in names.items()}
    return files_of(read_task(name, data), data, work)


def train_command(run: Run, files: Mapping[str, Path], checkpoint: Path) -> list[str]:
    """What a user would type."""
    command = [TRAIN, str(files["train"]), "--validation", str(files["validation"])]
    command += ["--size", SIZE, *ROWS[run.row], "--seed", str(run.seed)]
    if run.name == CONVERSATIONS:
        command += ["--conversation", CONVERSATION_COLUMN]
    if run.row != CLOSED:
        command += [*COMPARED[run.name].options, *run.machine]
    if run.rate is not None:
        command += ["--learning-rate", str(run.rate)]
    return [*command, "--out", str(checkpoint), "--json"]


def train(run: Run, data: Path, work: Path) -> dict[str, Any]:
    """Trains into ``work``; the validation accuracy (0 to 1), and the seconds that it took.

    Raises:
        InputError: the command refused its input.
    """
    work.mkdir(parents=True, exist_ok=True)
    checkpoint = work / run.folder
    command = train_command(run, split_files(run.name, data, work), checkpoint)
    start = time.perf_counter()
    said = json.loads(run_command(command))
    seconds = time.perf_counter() - start
    facts = {"seconds": round(seconds, 1), "command": _named(command, data, work)}
    if run.row == CLOSED:
        return facts | {"validation_accuracy": said["accuracy"]}
    report = json.loads(read_limited(checkpoint / REPORT, _LIMIT))
    history = report["training"]["history"]
    return facts | {"validation_accuracy": max(item["accuracy"] for item in history)}


def measure(run: Run, data: Path, work: Path) -> dict[str, Any]:
    """Exports the checkpoint in ``work`` to int8 ONNX, and measures the file and the float32 reference on test texts.

    A file that a gate refuses is measured too; ``refused`` then says what the gate found.

    Raises:
        InputError: a command refused its input.
    """
    checkpoint, files = work / run.folder, work / f"{run.folder}-files"
    export = [EXPORT, "--checkpoint", str(checkpoint), "--target", "onnx", "--int8", "--json"]
    with contextlib.suppress(GateError):
        run_command([*export, "--out", str(files)])
    certificate = files / f"neurolite-{run.folder}.certificate.json"
    (row,) = json.loads(read_limited(certificate, _LIMIT))["files"]
    found = {
        "verdict": row["verdict"],
        "refused": [
            f"{gate['gate']}: {gate['found']}"
            for gate in row["gates"]
            if gate["verdict"] == REFUSED
        ],
        "agreement": row["parity"]["agreement"],
        "sqnr_db": row["parity"]["sqnr_db"],
        "size_bytes": row["size_bytes"],
    }
    source = checkpoint_source(checkpoint)
    assert isinstance(source.network, NeuroLiteForClassification)  # noqa: S101  # as it was trained
    assert source.probes is not None  # noqa: S101  # training keeps them
    with contextlib.ExitStack() as stack:
        session = (
            stack.enter_context(exported(source.network, source.probes))
            if found["refused"]
            else open_artifact(files / row["file"])
        )
        found["parameters"] = session.metadata.parameters
        measured = _of_turns if run.name == CONVERSATIONS else _of_texts
        return found | measured(run, data, session, source.network)


def _of_texts(
    run: Run, data: Path, session: Session, network: NeuroLiteForClassification
) -> dict[str, Any]:
    task = read_task(run.name, data)
    task = replace(task, row=replace(task.row, typos=COMPARED[run.name].typos), out_of_scope=())
    reference = answers_of_network(network)(task.test.texts)
    measured = figures(task, answers_of_file(session))
    measured["float_accuracy"] = accuracy(reference.labels, task.test.labels)
    return {name: measured[name] for name in _FIGURES if name in measured}


def _of_turns(
    run: Run, data: Path, session: Session, network: NeuroLiteForClassification
) -> dict[str, Any]:
    test = str(split_files(run.name, data, data)["test"])
    files = DataFiles(train=(test,), conversation=CONVERSATION_COLUMN)
    turns = read_conversations(files, (test,), network.labels)
    whole = accuracy_of_turns(session, turns)
    misspelt = accuracy_of_turns(session, turns, typos=TYPO_SEEDS[0])
    right = answers_of(network, turns, torch.device("cpu")).argmax(axis=1) == turns.label_ids
    return {
        "accuracy": whole["accuracy"],
        "test_rows": whole["texts"],
        "typo_accuracy": misspelt["accuracy"],
        "float_accuracy": float(np.mean(right[turns.labelled])),
    }


def _named(command: Sequence[str], data: Path, work: Path) -> str:
    """The command as anyone can type it, without the folders of this machine."""
    return " ".join(command).replace(str(data), "$NEUROLITE_DATA").replace(str(work), "$OUT")
