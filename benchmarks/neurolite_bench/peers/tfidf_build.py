"""Fits character n-grams by tf-idf and a linear classifier, and writes them without pickle."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Final

from neurolite_bench.peers.base import (
    EXTRA,
    BuiltPeer,
    PeerRequest,
    folder_size,
    rows_of,
    write_labels,
)
from neurolite_bench.peers.linear import PENALTY, fit_linear, save_arrays
from neurolite_bench.peers.tfidf import ARRAYS, IDF, OPTIONS, VOCABULARY
from neurolite_core.ground.extras import require
from neurolite_core.ground.files import write_atomically

_FOLDER: Final = "tfidf"


def build_tfidf(request: PeerRequest, folder: Path) -> BuiltPeer:
    """Fits on the request's rows, else on built-in ones, with fixed settings.

    Raises:
        MissingDependencyError: scikit-learn is not installed.
    """
    text = require("sklearn.feature_extraction.text", extra=EXTRA)
    rows = rows_of(request)
    place = folder / _FOLDER
    place.mkdir(parents=True, exist_ok=True)
    start = time.perf_counter()
    vectorizer = text.TfidfVectorizer(**OPTIONS)
    linear = fit_linear(vectorizer.fit_transform(rows.texts), rows.labels)
    seconds = time.perf_counter() - start
    words = [str(word) for word in vectorizer.get_feature_names_out()]
    write_atomically(place / VOCABULARY, json.dumps(words, ensure_ascii=False).encode())
    save_arrays(place / ARRAYS, linear, **{IDF: vectorizer.idf_})
    write_labels(place, () if request.train is None else linear.labels)
    shortest, longest = OPTIONS["ngram_range"]
    return BuiltPeer(
        path=place,
        size_bytes=folder_size(place),
        parameters=linear.weights.size + linear.bias.size + len(words),
        train_seconds=None if request.train is None else seconds,
        note=f"{len(words):,} n-grams of {shortest} to {longest} letters within words, C = {PENALTY:g}",
    )
