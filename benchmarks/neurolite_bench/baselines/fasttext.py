"""fastText (Joulin et al. 2016, arXiv:1607.01759), quantized to a size (arXiv:1612.03651)."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any, Final, Protocol, cast

import numpy as np

from neurolite_bench.baselines.base import Fitted, Settings
from neurolite_bench.baselines.hashed import sample
from neurolite_bench.quality_measure import Answers, accuracy
from neurolite_bench.quality_sets import Split, Task
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.extras import require

# Numbers of a word's vector, words in a row, shortest and longest character n-gram.
SHAPES: Final = ((32, 2, 0, 0), (32, 1, 2, 5), (32, 1, 1, 4))
RATES: Final = (0.3, 0.8)
# fastText 0.9.2 fills its table in tenths, a thread each; an eleventh fills the up to nine numbers that are
# left. With fewer threads, the rest stays whatever was in memory, at best zeros, at worst NaN. The threads
# write over each other, so that runs of the same seed differ a little.
THREADS: Final = 11
TUNING_ROWS: Final = 10_000
_BUCKETS: Final = 200_000
_ROW_BYTES: Final = 10  # of a row that is kept, besides its codes: norm and place or spelling
_TRIES: Final = 8
_PREFIX: Final = "__label__"


class Model(Protocol):
    """What is used of fastText's model."""

    def predict(self, texts: list[str]) -> tuple[list[list[str]], list[list[float]]]:
        """Labels and probabilities of each text, best first."""

    def quantize(self, **options: object) -> None:
        """Cuts and quantizes in place."""

    def save_model(self, path: str) -> None:
        """Writes the file."""


def fit(task: Task, settings: Settings) -> Fitted:
    """Chooses shape and rate on validation rows, fits, and quantizes to the set's size.

    The same seed does not give the same model again: see ``THREADS``.
    """
    validation = sample(task.validation, TUNING_ROWS, settings.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        few, all_rows = folder / "few.txt", folder / "all.txt"
        names = {label: number for number, label in enumerate(task.labels)}
        write_training_rows(few, sample(task.train, TUNING_ROWS, settings.seed), names)
        write_training_rows(all_rows, task.train, names)
        tried: list[tuple[float, dict[str, Any]]] = []
        for (dim, words, shortest, longest), rate in product(SHAPES, RATES):
            options: dict[str, Any] = {
                "dim": dim,
                "wordNgrams": words,
                "minn": shortest,
                "maxn": longest,
            }
            options |= {"lr": rate, "epoch": _epochs(min(len(task.train.texts), TUNING_ROWS))}
            model = _train(few, options, settings.seed)
            tried.append((_accuracy(model, task.labels, validation), options))
        _, best = max(tried, key=lambda item: item[0])
        options = best | {"epoch": _epochs(len(task.train.texts))}
        full = folder / "full.bin"
        _train(all_rows, options, settings.seed).save_model(str(full))
        model, size = _quantized(full, all_rows, options, task.row.limit_bytes, folder)
    labels = task.labels
    return Fitted(
        classify=lambda texts: _classify(model, labels, texts),
        size_bytes=size,
        options=options,
        validation_accuracy=_accuracy(model, labels, task.validation),
    )


def write_training_rows(path: Path, split: Split, names: dict[str, int]) -> None:
    """fastText's own format: a label by number and a text, a line each."""
    lines = (
        f"{_PREFIX}{names[label]} {_line(text)}\n"
        for text, label in zip(split.texts, split.labels, strict=True)
    )
    path.write_text("".join(lines), "utf-8")


def _train(path: Path, options: dict[str, Any], seed: int) -> Model:
    fasttext = require("fasttext", extra="baselines")
    model = fasttext.train_supervised(
        str(path), seed=seed, thread=THREADS, bucket=_BUCKETS, verbose=0, loss="softmax", **options
    )
    return cast("Model", model)


def _quantized(
    full: Path, rows: Path, options: dict[str, Any], limit: int, folder: Path
) -> tuple[Model, int]:
    """The model with as many rows of its table as fit, retrained after the cut."""
    fasttext = require("fasttext", extra="baselines")
    kept = limit // (options["dim"] // 2 + _ROW_BYTES)
    path = folder / "quantized.ftz"
    for _ in range(_TRIES):
        model = cast("Model", fasttext.load_model(str(full)))
        model.quantize(
            input=str(rows),
            cutoff=kept,
            retrain=True,
            qnorm=True,
            lr=options["lr"],
            epoch=options["epoch"],
            thread=THREADS,
            verbose=0,
        )
        model.save_model(str(path))
        size = path.stat().st_size
        if size <= limit:
            return model, size
        kept = int(kept * 0.98 * limit / size)
    raise InputError(f"fastText does not fit in {limit:,} bytes; give it more.")


def _epochs(rows: int) -> int:
    """More passes over fewer rows."""
    return min(40, max(10, 400_000 // rows))


def _line(text: str) -> str:
    return " ".join(text.lower().split())


def _classify(model: Model, labels: Sequence[str], texts: Sequence[str]) -> Answers:
    found, scores = model.predict([_line(text) for text in texts])
    return Answers(
        [labels[int(row[0].removeprefix(_PREFIX))] for row in found],
        np.array([row[0] for row in scores], np.float64),
    )


def _accuracy(model: Model, labels: Sequence[str], split: Split) -> float:
    return accuracy(_classify(model, labels, split.texts).labels, split.labels)
