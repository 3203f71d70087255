"""The files of a checkpoint's folder, and how they are written; without torch."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.answer.tasks import CLASSIFICATION
from neurolite_core.artifact.formats import safetensors_file
from neurolite_core.ground.files import require_writable, write_atomically
from neurolite_core.network.config import NeuroLiteConfig

WEIGHTS: Final = "model.safetensors"
CONFIG: Final = "config.json"
LABELS: Final = "labels.json"
PROBES: Final = "probes.jsonl"
RULES: Final = "model-rules.toml"


def write_files(folder: Path, content: bytes, texts: Mapping[str, str]) -> None:
    """Seals and writes the weights' file, all of the checkpoint in one atomic step, then the copies beside it.

    Args:
        folder: that can be written.
        content: a .safetensors file with ``texts`` in its header.
        texts: by the name of the copy; an empty one leaves none.
    """
    write_atomically(folder / WEIGHTS, safetensors_file.seal(content))
    for name, text in texts.items():
        if text:
            write_atomically(folder / name, text.encode())
        else:
            (folder / name).unlink(missing_ok=True)  # of another model that was here before
    if RULES not in texts:
        (folder / RULES).unlink(missing_ok=True)


def write_classifier(
    folder: Path,
    config: NeuroLiteConfig,
    tensors: Mapping[str, NDArray[np.float32]],
    labels: Sequence[str],
    probes: Sequence[tuple[str, str | None]],
    threshold: float | None,
) -> None:
    """The checkpoint of a classifier of one label a text that was made without torch.

    Args:
        folder: created if need be.
        config: its shape.
        tensors: all of it, by the names of ``NeuroLiteForClassification``.
        labels: C names.
        probes: texts with their label, or None for unlabelled, that exports are checked on.
        threshold: below which scope score it abstains; None where none was chosen.

    Raises:
        InputError: the folder cannot be written.
    """
    require_writable(folder)
    about = {"task": CLASSIFICATION, "labels": list(labels), "threshold": threshold}
    rows = [{"text": text} | ({} if label is None else {"label": label}) for text, label in probes]
    texts = {
        CONFIG: config.to_json(),
        LABELS: json.dumps(about, ensure_ascii=False, indent=2) + "\n",
        PROBES: "".join(json.dumps(row) + "\n" for row in rows),
    }
    content = safetensors_file.packed(tensors, safetensors_file.to_metadata(texts))
    write_files(folder, content, texts)
