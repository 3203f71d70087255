"""Trains and quantizes a fastText classifier as its own tutorial on supervised models does."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any, Final

from neurolite_bench.baselines.fasttext import write_training_rows
from neurolite_bench.peers.base import (
    EXTRA,
    BuiltPeer,
    PeerRequest,
    folder_size,
    rows_of,
    write_labels,
)
from neurolite_bench.peers.fasttext import MODEL
from neurolite_core.dependencies import require
from neurolite_core.errors import InputError

# fastText's defaults are for millions of rows; its tutorial's are for thousands.
OPTIONS: Final = {"dim": 100, "epoch": 25, "wordNgrams": 2, "bucket": 200_000, "loss": "softmax"}
RATES: Final = (0.5, 0.25, 0.1)  # the next where training diverges, as it does now and then
KEPT: Final = 100_000  # rows of the table that quantization keeps, as fastText's own example does
_FOLDER: Final = "fasttext"


def build_fasttext(request: PeerRequest, folder: Path) -> BuiltPeer:
    """Fits on the request's rows, else on built-in ones, with fixed settings.

    Raises:
        InputError: training diverges at every rate.
        MissingDependencyError: fastText is not installed.
    """
    rows = rows_of(request)
    labels = tuple(sorted(set(rows.labels)))
    place = folder / _FOLDER
    place.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        lines = Path(name) / "train.txt"
        write_training_rows(lines, rows, {label: number for number, label in enumerate(labels)})
        start = time.perf_counter()
        model, rate = _trained(lines, request.seed)
        words = len(model.words)
        model.quantize(
            input=str(lines),
            cutoff=KEPT,
            retrain=True,
            qnorm=True,
            lr=rate,
            epoch=OPTIONS["epoch"],
            thread=1,
            verbose=0,
        )
        model.save_model(str(place / MODEL))
        seconds = time.perf_counter() - start
    write_labels(place, () if request.train is None else labels)
    return BuiltPeer(
        path=place,
        size_bytes=folder_size(place),
        parameters=None,
        train_seconds=None if request.train is None else seconds,
        note=f"{words:,} words, word pairs, {OPTIONS['epoch']} epochs at {rate:g}, quantized",
    )


def _trained(lines: Path, seed: int) -> tuple[Any, float]:
    fasttext = require("fasttext", extra=EXTRA)
    for rate in RATES:
        try:
            # One thread: with more, runs of the same seed differ.
            model = fasttext.train_supervised(
                str(lines), seed=seed, thread=1, verbose=0, lr=rate, **OPTIONS
            )
        except RuntimeError:
            continue
        return model, rate
    raise InputError(f"fastText diverged at every rate of {RATES}; give another --seed.")
