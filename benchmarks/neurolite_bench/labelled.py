"""Labelled texts: read from the user's file, divided, or built in; and our own model trained on them."""

from __future__ import annotations

import subprocess
import sys
import time
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_bench.quality_sets import Split, write_rows
from neurolite_core.ground.errors import InputError
from neurolite_core.models.default import DEFAULT_CHECKPOINT

TEST_SHARE: Final = 0.2
_TRAIN_FILE: Final = "train.csv"
_SHOWN: Final = 2_000  # characters of a failed command's output


def read_labelled(path: Path) -> Split:
    """Reads a file as training does: .csv, .tsv or .jsonl, also packed with gzip, or parquet.

    Raises:
        InputError: unreadable, malformed, without labels, or with a single one.
    """
    from neurolite_core.data import open_source
    from neurolite_core.data.headers import UnclearColumnsError

    try:
        rows = [(row.text, row.label) for row in open_source(path, labelled=True).rows()]
    except UnclearColumnsError as error:
        raise error.without_options() from error
    texts, labels = tuple(text for text, _ in rows), tuple(label or "" for _, label in rows)
    if len(set(labels)) < 2:
        raise InputError(f"{path} has {len(set(labels))} label; a classifier needs at least two.")
    return Split(texts, labels)


def divided(rows: Split, *, share: float = TEST_SHARE, seed: int = 0) -> tuple[Split, Split]:
    """Rows to learn from and rows to test on: stratified by label, no text on both sides.

    Raises:
        InputError: too few rows for that.
    """
    from neurolite_core.data import split_rows
    from neurolite_core.data.duplicates import text_key

    names = {label: number for number, label in enumerate(sorted(set(rows.labels)))}
    train, test = split_rows(
        np.array([names[label] for label in rows.labels], np.int32),
        share,
        seed,
        keys=np.array([text_key(text) for text in rows.texts], np.uint64),
    )
    return _taken(rows, train), _taken(rows, test)


@cache
def built_in_rows() -> Split:
    """The labelled queries that come with the package, for shapes and not for accuracy."""
    return read_labelled(DEFAULT_CHECKPOINT / "probes.jsonl")


@cache
def built_in_sentences() -> tuple[str, ...]:
    """The texts on which exports are checked, as far as they are UTF-8."""
    from neurolite_export.probes import HOSTILE_TEXTS, built_in_probes

    return tuple(text.decode() for text in built_in_probes().texts if text not in HOSTILE_TEXTS)


def train_ours(
    train: Split, folder: Path, size: str, seed: int, teacher: Path | None = None
) -> tuple[Path, float]:
    """Trains our model as ``neurolite-train`` does by default, in a process of its own.

    Args:
        train: what to learn from; part of it decides which weights are kept.
        folder: gets the rows and the checkpoint.
        size: a preset.
        seed: of the training.
        teacher: a sentence encoder to distil from, or None.

    Returns:
        The checkpoint's folder, and seconds.

    Raises:
        InputError: the training refused its input or failed; its message is included.
    """
    rows, checkpoint = folder / _TRAIN_FILE, folder / f"{size}-seed{seed}"
    write_rows(rows, train.texts, train.labels)
    command = [sys.executable, "-m", "neurolite_core.training", str(rows), "--json"]
    command += ["--out", str(checkpoint), "--size", size, "--seed", str(seed)]
    command += [] if teacher is None else ["--teacher", str(teacher)]
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        raise InputError(
            f"training {size} exited {done.returncode}: {done.stderr[-_SHOWN:].strip()}"
        )
    return checkpoint, time.perf_counter() - start


def _taken(rows: Split, places: NDArray[np.int64]) -> Split:
    chosen = places.tolist()
    return Split(
        tuple(rows.texts[place] for place in chosen), tuple(rows.labels[place] for place in chosen)
    )
