"""Trains and quantizes a fastText classifier as its own tutorial on supervised models does."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from neurolite_bench.baselines.fasttext import THREADS, write_training_rows
from neurolite_bench.peers.base import (
    EXTRA,
    BuiltPeer,
    PeerRequest,
    folder_size,
    rows_of,
    write_labels,
)
from neurolite_bench.peers.fasttext import MODEL, line_of
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.extras import require

_FOLDER: Final = "fasttext"


@dataclass(frozen=True, slots=True)
class FasttextOptions:
    """fastText's defaults are for millions of rows; its tutorial's, which these are, for thousands.

    Attributes:
        dim: numbers of a word's vector.
        epochs: passes over the rows, at training and again after the cut.
        rate: of learning.
        words: in a row that have a vector together.
        buckets: rows of the table for these.
        kept: rows that quantization keeps.
    """

    dim: int = 32
    epochs: int = 25
    rate: float = 0.5
    words: int = 2
    buckets: int = 200_000
    kept: int = 60_000


def build_fasttext(
    request: PeerRequest, folder: Path, options: FasttextOptions = FasttextOptions()
) -> BuiltPeer:
    """Fits on the request's rows, else on built-in ones, with fixed settings, and quantizes.

    Raises:
        InputError: training diverges.
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
        try:
            model = _trained(lines, options, request.seed)
            model.predict([line_of(text) for text in rows.texts])
        except RuntimeError as error:
            raise InputError(
                f"fastText diverged at a rate of {options.rate:g} ({error}); give another --seed."
            ) from error
        model.save_model(str(place / MODEL))
        seconds = time.perf_counter() - start
    write_labels(place, () if request.train is None else labels)
    return BuiltPeer(
        path=place,
        size_bytes=folder_size(place),
        parameters=None,
        train_seconds=None if request.train is None else seconds,
        note=f"{len(model.words):,} words and pairs of words, {options.epochs} epochs at "
        f"{options.rate:g}, quantized",
    )


def _trained(lines: Path, options: FasttextOptions, seed: int) -> Any:  # noqa: ANN401 (no types)
    """Trained on all of the table, cut to what matters, trained on that, and quantized."""
    fasttext = require("fasttext", extra=EXTRA)
    model = fasttext.train_supervised(
        str(lines),
        seed=seed,
        thread=THREADS,
        verbose=0,
        loss="softmax",
        lr=options.rate,
        dim=options.dim,
        epoch=options.epochs,
        wordNgrams=options.words,
        bucket=options.buckets,
    )
    model.quantize(
        input=str(lines),
        cutoff=options.kept,
        retrain=True,
        qnorm=True,
        lr=options.rate,
        epoch=options.epochs,
        thread=THREADS,
        verbose=0,
    )
    return model
