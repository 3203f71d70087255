"""Checkpoints: one sealed file, ``model.safetensors``, in a folder; no pickle.

The weights' file holds in its header all that goes with them: config, task, labels, threshold, and probes, texts of the
model's own domain on which exports are checked. So no interruption can leave the labels of one model with the weights
of another. ``config.json``, ``labels.json``, ``probes.jsonl`` and ``model-rules.toml`` beside it are copies for people
and other tools.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from neurolite_core.answer.character_spans import TypedSpan
from neurolite_core.answer.scores import check_threshold
from neurolite_core.answer.similarity import Similarity, is_similarity
from neurolite_core.answer.tasks import MULTI_LABEL, check_task_threshold
from neurolite_core.artifact.checkpoint_files import CONFIG as CONFIG
from neurolite_core.artifact.checkpoint_files import LABELS as LABELS
from neurolite_core.artifact.checkpoint_files import PROBES as PROBES
from neurolite_core.artifact.checkpoint_files import RULES as RULES
from neurolite_core.artifact.checkpoint_files import WEIGHTS as WEIGHTS
from neurolite_core.artifact.checkpoint_files import write_files
from neurolite_core.artifact.formats import safetensors_file
from neurolite_core.artifact.probe_spans import GivenSpan, read_spans, with_spans
from neurolite_core.artifact.seal import Seal
from neurolite_core.artifact.span_facts import is_thresholds
from neurolite_core.ground.checks import require_path
from neurolite_core.ground.errors import CheckpointError, InputError
from neurolite_core.ground.extras import require
from neurolite_core.ground.files import read_limited, require_writable
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.counting import check_parameters
from neurolite_core.network.model import TASKS, TextNetwork
from neurolite_core.network.ruling import attach_rules
from neurolite_core.rules.parts import RuleSet
from neurolite_core.rules.reading import parse_rules

WEIGHTS_OF_RULES: Final = "rules.weights"
_WEIGHTS_LIMIT: Final = 2**31
_JSON_LIMIT: Final = 2**26
_WHY: Final = {
    Seal.BROKEN: "{path} is damaged or was changed: its SHA-256 is not the one it carries. Copy it again, or train again.",
    Seal.MISSING: "{path} is no checkpoint of this NeuroLite: it has no seal. Train again: neurolite-train --help",
}


def save_checkpoint(
    network: TextNetwork,
    folder: str | Path,
    *,
    probes: Sequence[tuple[str, str | Sequence[str] | None]] = (),
    conversations: Sequence[int] = (),
    spans: Sequence[Sequence[GivenSpan] | None] = (),
    half: bool = False,
) -> Path:
    """Writes a checkpoint: all of it in one atomic step, then the copies.

    Args:
        network: the model.
        folder: created if need be.
        probes: texts with their label, of several labels a text with all of them, or None for unlabelled, that
            exports of this model are checked on; best some hundred that it was not trained on.
        conversations: of which conversation each probe is the next turn; none where they stand alone.
        spans: of each probe its spans, (start, end, type) in characters, or None where they are not known; none where
            those of no probe are.
        half: store weights as float16, in half the bytes; what is read back is the network with its weights rounded.

    Returns:
        The folder.

    Raises:
        InputError: the folder cannot be written, the network's threshold is out of range, a probe has spans that
            cannot be, or a weight is too large for float16.
    """
    safetensors_torch = require("safetensors.torch", extra="torch")
    folder = Path(folder)
    threshold = check_threshold(network.threshold, network.labels)
    require_writable(folder)
    tensors = {
        name: value.detach().cpu().contiguous() for name, value in network.state_dict().items()
    }
    if half:
        tensors = {name: _halved(name, value) for name, value in tensors.items()}
    labels: dict[str, Any] = {
        "task": network.task,
        "labels": list(network.labels),
        "threshold": threshold,
    }
    if network.span_thresholds:
        labels["span_thresholds"] = list(network.span_thresholds)
    if network.similarities:
        labels["similarities"] = [asdict(item) for item in network.similarities]
    rows: list[dict[str, Any]] = [
        {"text": text}
        | ({} if label is None else {"label": label if isinstance(label, str) else list(label)})
        for text, label in probes
    ]
    for row, number in zip(rows, conversations, strict=bool(conversations)):
        row["conversation"] = number
    rows = with_spans(rows, spans, _types_of(network.config))
    texts = {
        CONFIG: network.config.to_json(),
        LABELS: json.dumps(labels, ensure_ascii=False, indent=2) + "\n",
        PROBES: "".join(json.dumps(row) + "\n" for row in rows),
    }
    if network.rules is not None:
        texts[RULES] = network.rules.program.rules.text
    content = safetensors_torch.save(tensors, metadata=safetensors_file.to_metadata(texts))
    write_files(folder, content, texts)
    return folder


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checkpoint's file, whole and read, but not built.

    Attributes:
        path: the file.
        content: its bytes.
        texts: what its header holds, by the name of the copy beside it.
        config: of the model.
        task: one of ``TASKS``.
        labels: empty where the task has none.
        threshold: for abstention; None where the model was not given one.
        similarities: what cosines of its vectors mean, where training measured it.
        span_thresholds: of each type of spans, where some were chosen.
    """

    path: Path
    content: bytes
    texts: Mapping[str, str]
    config: NeuroLiteConfig
    task: str
    labels: tuple[str, ...]
    threshold: float | None
    similarities: tuple[Similarity, ...] = ()
    span_thresholds: tuple[float, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 of the file, as 64 hex digits."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def differing(self) -> tuple[str, ...]:
        """Copies beside the file that say something else now, and are not read."""
        copies = {name: self.path.with_name(name) for name in self.texts}
        return tuple(name for name, path in copies.items() if _differs(path, self.texts[name]))

    def probe_rows(self) -> list[tuple[str, tuple[str, ...] | None]]:
        """The probes' texts, each with its labels (one, or of several labels a text any number) or None.

        Raises:
            CheckpointError: they are not what ``save_checkpoint`` writes.
        """
        try:
            rows = [json.loads(line) for line in self.texts.get(PROBES, "").splitlines()]
            found = [(row["text"], _labels_of(row.get("label"))) for row in rows]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise CheckpointError("The checkpoint's probes are damaged. Train again.") from error
        allowed, several = {*self.labels}, self.task == MULTI_LABEL
        for text, labels in found:
            if isinstance(text, str) and (
                labels is None or (allowed.issuperset(labels) and (several or len(labels) == 1))
            ):
                continue
            raise CheckpointError("The checkpoint's probes are not of its labels. Train again.")
        return found

    def probe_conversations(self) -> tuple[int, ...]:
        """Of which conversation each probe is a turn; none where they stand alone.

        Raises:
            CheckpointError: as of ``probe_rows``.
        """
        rows = [json.loads(line) for line in self.texts.get(PROBES, "").splitlines()]
        found = [row.get("conversation") for row in rows if isinstance(row, dict)]
        if all(number is None for number in found):
            return ()
        if not all(type(number) is int and 0 <= number < 2**31 for number in found):
            raise CheckpointError("The checkpoint's probes are damaged. Train again.")
        return tuple(number for number in found if number is not None)

    def probe_spans(self) -> tuple[tuple[TypedSpan, ...] | None, ...]:
        """The spans of each probe, None of one where they are not known; none where those of no probe are.

        Raises:
            CheckpointError: as of ``probe_rows``.
        """
        self.probe_rows()  # whose texts are strings
        rows = [json.loads(line) for line in self.texts.get(PROBES, "").splitlines()]
        try:
            return read_spans(rows, _types_of(self.config))
        except InputError as error:
            raise CheckpointError(
                f"The checkpoint's probes are damaged. {error} Train again."
            ) from error


def _types_of(config: NeuroLiteConfig) -> tuple[str, ...]:
    return () if config.spans is None else config.spans.types


def read_checkpoint(folder: str | Path) -> Checkpoint:
    """Reads a checkpoint's file.

    Raises:
        CheckpointError: it is missing, damaged, or was not made by NeuroLite.
        InputError: no file system has such a path.
    """
    folder = require_path("folder", folder)
    path = folder / WEIGHTS
    if not folder.is_dir() or not os.path.lexists(path):
        raise CheckpointError(f"{folder} is not a checkpoint folder; one holds {WEIGHTS}.")
    content = read_limited(path, _WEIGHTS_LIMIT, CheckpointError)
    if (seal := safetensors_file.seal_of(content)) is not Seal.WHOLE:
        raise CheckpointError(_WHY[seal].format(path=path))
    try:
        texts = safetensors_file.texts_of(content)
        config = NeuroLiteConfig.from_json(texts.get(CONFIG, ""))
        described = _described(texts.get(LABELS, ""), config)
    except InputError as error:
        raise CheckpointError(f"{path}: {error}") from error
    return Checkpoint(path, content, texts, config, *described)


def load_checkpoint(folder: str | Path) -> TextNetwork:
    """Reads a checkpoint back, ready for evaluation.

    Raises:
        CheckpointError: missing, damaged, or weights that do not fit the config.
    """
    return build_checkpoint(read_checkpoint(folder))


def build_checkpoint(checkpoint: Checkpoint) -> TextNetwork:
    """The model of a checkpoint that was read.

    Raises:
        CheckpointError: weights that do not fit the config, or a config of too large a model.
    """
    safetensors_torch = require("safetensors.torch", extra="torch")
    make, config, path = TASKS[checkpoint.task], checkpoint.config, checkpoint.path
    try:
        tensors = safetensors_torch.load(checkpoint.content)
    except Exception as error:  # the parser's own exception types are not a stable interface
        raise CheckpointError(f"{path} is damaged: {error}") from error
    try:
        # On no memory at first: the config is a stranger's, and may ask for more than there is.
        with torch.device("meta"):
            shapes = make(config, labels=checkpoint.labels)
        check_parameters(shapes)
        rules = _rules_of(checkpoint)
        expected = shapes.state_dict()
        if rules is not None:
            expected |= {WEIGHTS_OF_RULES: torch.zeros(len(rules.rules))}
        tensors = {name: _widened(value, expected.get(name)) for name, value in tensors.items()}
        _check_tensors(expected, tensors, path)
        network = make(config, labels=checkpoint.labels)
        network.threshold = check_threshold(checkpoint.threshold, network.labels)
        if rules is not None:
            attach_rules(network, rules)
        network.similarities = checkpoint.similarities
        network.span_thresholds = checkpoint.span_thresholds
    except CheckpointError:
        raise
    except InputError as error:
        raise CheckpointError(f"{path}: {error}") from error
    network.load_state_dict(tensors)
    if network.wide is not None:
        try:
            network.wide.table()
        except InputError as error:
            raise CheckpointError(f"{path}: {error}") from error
    return network.eval()


def _rules_of(checkpoint: Checkpoint) -> RuleSet | None:
    """What the checkpoint's rules say, None without any.

    Raises:
        InputError: they are damaged, or not those of its config.
    """
    text, options = checkpoint.texts.get(RULES, ""), checkpoint.config.rules
    rules = parse_rules(text, RULES) if text else None
    if (0 if rules is None else len(rules.rules)) != (0 if options is None else options.num_rules):
        raise InputError("its rules are not those that its config tells of.")
    return rules


def _halved(name: str, value: Tensor) -> Tensor:
    """As float16, where it is float32 and more than one number: a scale of all others keeps its digits."""
    if value.dtype != torch.float32 or value.numel() == 1:
        return value
    found = value.half()
    if not torch.isfinite(found).all():
        raise InputError(
            f"The tensor {name!r} has values up to {float(value.abs().max()):.3g}, and float16 ends at 65,504. "
            "Store it as float32."
        )
    return found


def _widened(value: Tensor, expected: Tensor | None) -> Tensor:
    """float16 as float32, where that is expected."""
    if expected is None or expected.dtype != torch.float32 or value.dtype != torch.float16:
        return value
    return value.float()


def _labels_of(value: object) -> tuple[str, ...] | None:
    """As a tuple; of a string, which is one label, too."""
    if value is None or isinstance(value, str):
        return None if value is None else (value,)
    if not isinstance(value, list):
        raise TypeError(value)
    return tuple(value)


def _differs(path: Path, text: str) -> bool:
    try:
        return path.is_file() and read_limited(path, _JSON_LIMIT) != text.encode()
    except InputError:
        return True


def _described(
    text: str, config: NeuroLiteConfig
) -> tuple[str, tuple[str, ...], float | None, tuple[Similarity, ...], tuple[float, ...]]:
    """Task, labels, threshold, similarities and thresholds of spans."""
    try:
        values: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"its labels are not valid JSON: {error}") from error
    task = values.get("task") if isinstance(values, dict) else None
    labels = values.get("labels") if isinstance(values, dict) else None
    if not isinstance(task, str) or task not in TASKS or not isinstance(labels, list):
        raise InputError(
            f'it must hold {{"task": ..., "labels": [...]}} with a task of {", ".join(TASKS)}.'
        )
    check_task_threshold(task, values.get("threshold"))
    similarities = values.get("similarities", [])
    if not isinstance(similarities, list) or not all(map(is_similarity, similarities)):
        raise InputError("its similarities cannot be.")
    found = tuple(Similarity(**item) for item in similarities)
    thresholds = values.get("span_thresholds", [])
    if thresholds != [] and not is_thresholds(thresholds, len(_types_of(config))):
        raise InputError("its thresholds of spans cannot be.")
    return task, tuple(labels), values.get("threshold"), found, tuple(thresholds)


def _check_tensors(expected: Mapping[str, Tensor], found: Mapping[str, Tensor], path: Path) -> None:
    for name in sorted(expected.keys() | found.keys()):
        if name not in found:
            raise CheckpointError(f"{path} lacks the tensor {name!r} that its config asks for.")
        if name not in expected:
            raise CheckpointError(f"{path} has a tensor {name!r} that its config does not know.")
        wanted = expected[name]
        if wanted.shape != found[name].shape or found[name].dtype != wanted.dtype:
            raise CheckpointError(
                f"{path}: tensor {name!r} is {found[name].dtype} {tuple(found[name].shape)}; "
                f"its config asks for {wanted.dtype} {tuple(wanted.shape)}."
            )
        if not torch.isfinite(found[name]).all():
            raise CheckpointError(f"{path}: tensor {name!r} holds values that are not finite.")
