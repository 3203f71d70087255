"""Checkpoints: a folder of ``model.safetensors``, ``config.json`` and ``labels.json``; no pickle.

It may also hold ``probes.jsonl``, texts of the model's own domain on which exports are checked.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from neurolite_core.answer.scores import check_threshold
from neurolite_core.ground.errors import CheckpointError, InputError
from neurolite_core.ground.extras import require
from neurolite_core.ground.files import read_limited, require_writable, write_atomically
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.model import TASKS, TextNetwork

WEIGHTS: Final = "model.safetensors"
CONFIG: Final = "config.json"
LABELS: Final = "labels.json"
PROBES: Final = "probes.jsonl"
_WEIGHTS_LIMIT: Final = 2**31
_JSON_LIMIT: Final = 2**26


def save_checkpoint(
    network: TextNetwork,
    folder: str | Path,
    *,
    probes: Sequence[tuple[str, str | None]] = (),
) -> Path:
    """Writes a checkpoint.

    Each file is replaced whole and the weights, which ``load_checkpoint`` checks against the
    config, come last.

    Args:
        network: the model.
        folder: created if need be.
        probes: texts with their labels, or None for unlabelled, that exports of this model are
            checked on; best some hundred that it was not trained on.

    Returns:
        The folder.

    Raises:
        InputError: the folder cannot be written, or the network's threshold is out of range.
    """
    safetensors_torch = require("safetensors.torch", extra="torch")
    folder = Path(folder)
    threshold = check_threshold(network.threshold, network.labels)
    require_writable(folder)
    tensors = {
        name: value.detach().cpu().contiguous() for name, value in network.state_dict().items()
    }
    labels = {"task": network.task, "labels": list(network.labels), "threshold": threshold}
    write_atomically(folder / CONFIG, network.config.to_json().encode())
    write_atomically(
        folder / LABELS, (json.dumps(labels, ensure_ascii=False, indent=2) + "\n").encode()
    )
    if probes:
        rows = [{"text": text} | ({"label": label} if label else {}) for text, label in probes]
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        write_atomically(folder / PROBES, lines.encode())
    else:
        (folder / PROBES).unlink(missing_ok=True)  # those of another model that was here before
    write_atomically(folder / WEIGHTS, safetensors_torch.save(tensors))
    return folder


def load_checkpoint(folder: str | Path) -> TextNetwork:
    """Reads a checkpoint back, ready for evaluation.

    Raises:
        CheckpointError: a file is missing, damaged or does not fit the config.
    """
    safetensors_torch = require("safetensors.torch", extra="torch")
    folder = Path(folder)
    if not folder.is_dir():
        raise CheckpointError(
            f"{folder} is not a checkpoint folder; one holds {WEIGHTS}, {CONFIG} and {LABELS}."
        )
    try:
        config = NeuroLiteConfig.from_json(_read_text(folder / CONFIG))
        network = _build(config, folder / LABELS)
    except CheckpointError:
        raise
    except InputError as error:
        raise CheckpointError(f"{folder}: {error}") from error
    try:
        tensors = safetensors_torch.load(
            read_limited(folder / WEIGHTS, _WEIGHTS_LIMIT, CheckpointError)
        )
    except CheckpointError:
        raise
    except Exception as error:  # the parser's own exception types are not a stable interface
        raise CheckpointError(
            f"{folder / WEIGHTS} is damaged or not safetensors: {error}"
        ) from error
    _check_tensors(network.state_dict(), tensors, folder / WEIGHTS)
    network.load_state_dict(tensors)
    return network.eval()


def checkpoint_digest(folder: str | Path) -> str:
    """SHA-256 of the checkpoint's weights, as 64 hex digits."""
    content = read_limited(Path(folder) / WEIGHTS, _WEIGHTS_LIMIT, CheckpointError)
    return hashlib.sha256(content).hexdigest()


def _read_text(path: Path) -> str:
    try:
        return read_limited(path, _JSON_LIMIT, CheckpointError).decode()
    except UnicodeDecodeError as error:
        raise CheckpointError(f"{path} is not UTF-8 text: {error}") from error


def _build(config: NeuroLiteConfig, path: Path) -> TextNetwork:
    try:
        values: Any = json.loads(_read_text(path))
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{path} is not valid JSON: {error}") from error
    task = values.get("task") if isinstance(values, dict) else None
    labels = values.get("labels") if isinstance(values, dict) else None
    if not isinstance(task, str) or task not in TASKS or not isinstance(labels, list):
        raise CheckpointError(
            f'{path} must hold {{"task": ..., "labels": [...]}} with a task of {", ".join(TASKS)}.'
        )
    network = TASKS[task](config, labels=labels)
    # Checkpoints of before there were thresholds have none.
    network.threshold = check_threshold(values.get("threshold", 0.0), network.labels)
    return network


def _check_tensors(expected: Mapping[str, Tensor], found: Mapping[str, Tensor], path: Path) -> None:
    for name in sorted(expected.keys() | found.keys()):
        if name not in found:
            raise CheckpointError(f"{path} lacks the tensor {name!r} that its config asks for.")
        if name not in expected:
            raise CheckpointError(f"{path} has a tensor {name!r} that its config does not know.")
        if expected[name].shape != found[name].shape or found[name].dtype != torch.float32:
            raise CheckpointError(
                f"{path}: tensor {name!r} is {found[name].dtype} {tuple(found[name].shape)}; "
                f"its config asks for torch.float32 {tuple(expected[name].shape)}."
            )
        if not torch.isfinite(found[name]).all():
            raise CheckpointError(f"{path}: tensor {name!r} holds values that are not finite.")
