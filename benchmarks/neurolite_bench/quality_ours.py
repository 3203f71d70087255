"""Trains and exports through the commands that users type, and measures the exported file."""

from __future__ import annotations

import contextlib
import json
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from neurolite_bench.quality_measure import Answers, Classify, accuracy, figures
from neurolite_bench.quality_sets import DATA_VARIABLE, Task, files_of
from neurolite_core.answer.scores import scope_scores
from neurolite_core.ground.errors import GateError, InputError, MissingDependencyError
from neurolite_core.ground.extras import require
from neurolite_core.ground.files import write_atomically
from neurolite_runtimes import Session, open_artifact, run

if TYPE_CHECKING:
    from neurolite_core.network.model import TextNetwork

TRAIN: Final = "neurolite-train"
EXPORT: Final = "neurolite-export"
SIZE: Final = "tiny"
_SHOWN: Final = 2_000  # characters of a failed command's output
_BATCH: Final = 64


@dataclass(frozen=True, slots=True)
class Training:
    """How to train.

    Attributes:
        data: folder of the data sets.
        seed: of the training.
        teacher: sentence encoder to distil from, or None.
        keep: folder in which checkpoint and exported file stay, or None for a temporary one.
    """

    data: Path
    seed: int
    teacher: Path | None = None
    keep: Path | None = None


def run_ours(task: Task, training: Training) -> dict[str, Any]:
    """One entry of the result: trained, exported to int8, and measured.

    Raises:
        InputError: a command refused its input.
        GateError: the export was refused.
        MissingDependencyError: a command is not installed.
    """
    with _folder(task, training) as folder:
        checkpoint = folder / task.name
        files = files_of(task, training.data, folder)
        if task.row.config is not None:
            files["config"] = folder / "config.json"
            write_atomically(files["config"], task.row.config.to_json().encode())
        command = train_command(task, training, files, checkpoint)
        start = time.perf_counter()
        run_command(command)
        seconds = time.perf_counter() - start
        export = [EXPORT, "--checkpoint", str(checkpoint), "--target", "onnx", "--int8", "--json"]
        (row,) = json.loads(run_command([*export, "--out", str(folder)]))
        names = {str(folder): "$OUT", str(training.data): f"${DATA_VARIABLE}"}
        if training.keep is not None:
            names[str(training.keep)] = "$KEEP"
        if training.teacher is not None:
            names[str(training.teacher)] = training.teacher.name
        return {
            **measure_files(task, checkpoint, folder / row["file"]),
            "seconds": round(seconds, 1),
            "command": _named(command, names),
            "options": {
                "seed": training.seed,
                "size": SIZE if task.row.config is None else json.loads(task.row.config.to_json()),
                "set": list(task.row.options),
            },
        }


def train_command(
    task: Task, training: Training, files: Mapping[str, Path], checkpoint: Path
) -> list[str]:
    """What a user would type."""
    command = [TRAIN, str(files["train"]), "--out", str(checkpoint)]
    command += ["--validation", str(files["validation"]), "--test", str(files["test"])]
    command += ["--model-config", str(files["config"])] if "config" in files else ["--size", SIZE]
    command += ["--seed", str(training.seed), *task.row.options]
    if "train" in task.row.out_of_scope:
        command += ["--out-of-scope", str(training.data / task.row.out_of_scope["train"])]
    if training.teacher is not None and task.row.english:
        command += ["--teacher", str(training.teacher)]
    if training.keep is not None:
        # Seeds share what does not depend on them, a teacher's answers above all.
        command += ["--work", str(training.keep / f"{task.name}-work")]
    return command


def measure_files(task: Task, checkpoint: Path, artifact: Path) -> dict[str, Any]:
    """Figures of the exported file on the test texts, and the checkpoint's own accuracy beside."""
    from neurolite_core.artifact.checkpoint import load_checkpoint

    session = open_artifact(artifact)
    classify = answers_of_file(session)
    found = figures(task, classify)
    reference = answers_of_network(load_checkpoint(checkpoint))(task.test.texts)
    threshold = session.metadata.threshold
    found |= {
        "float_accuracy": accuracy(reference.labels, task.test.labels),
        "size_bytes": artifact.stat().st_size,
        "parameters": session.metadata.parameters,
        "threshold": threshold,
    }
    if task.out_of_scope and threshold:
        inside, outside = classify(task.test.texts), classify(task.out_of_scope)
        right = np.array([a == b for a, b in zip(inside.labels, task.test.labels, strict=True)])
        accepted = inside.scores >= threshold
        found["accepted_in_scope"] = float(accepted.mean())
        found["accuracy_of_accepted"] = float(right[accepted].mean()) if accepted.any() else None
        found["refused_out_of_scope"] = float((outside.scores < threshold).mean())
    return found


def run_command(command: Sequence[str]) -> str:
    """Standard output of one of our commands; its progress goes to the terminal.

    Raises:
        MissingDependencyError: it is not installed beside this Python.
        GateError: it exited 1, which is a refusal.
        InputError: any other failure.
    """
    program = Path(sys.executable).with_name(command[0])
    if not program.is_file():
        raise MissingDependencyError(
            f"{command[0]} is not installed. Install it: pip install 'neurolite[bench]'"
        )
    done = subprocess.run(  # noqa: S603 (our own program, arguments as a list)
        [str(program), *command[1:]], stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode != 0:
        kind = GateError if done.returncode == 1 else InputError
        raise kind(
            f"{shlex.join(command)} exited {done.returncode}; its message is above. "
            f"{done.stdout[-_SHOWN:]}".strip()
        )
    return done.stdout


def answers_of_file(session: Session) -> Classify:
    """What an exported file answers."""
    labels = session.metadata.labels

    def classify(texts: Sequence[str]) -> Answers:
        logits = run(session, texts).values["logits"]
        return Answers([labels[place] for place in logits.argmax(axis=1)], scope_scores(logits))

    return classify


def answers_of_network(network: TextNetwork) -> Classify:
    """What the float32 reference answers."""
    from neurolite_core.network.features import features_of

    torch = require("torch", extra="bench")

    def classify(texts: Sequence[str]) -> Answers:
        parts = []
        with torch.inference_mode():
            for first in range(0, len(texts), _BATCH):
                found = features_of(texts[first : first + _BATCH], network.config)
                parts.append(network.network(*found)["logits"].numpy())
        logits = np.concatenate(parts)
        return Answers(
            [network.labels[place] for place in logits.argmax(axis=1)], scope_scores(logits)
        )

    return classify


@contextlib.contextmanager
def _folder(task: Task, training: Training) -> Iterator[Path]:
    if training.keep is not None:
        folder = training.keep / f"{task.name}-seed{training.seed}"
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
        return
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def _named(command: Sequence[str], names: Mapping[str, str]) -> str:
    """The command as anyone can type it, without the folders of this machine."""
    text = " ".join(command)
    for folder, name in names.items():
        text = text.replace(folder, name)
    return text
