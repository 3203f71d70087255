"""Static embeddings as model2vec has them, with a linear classifier on the mean of a text's vectors."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_bench.peers.base import (
    EXTRA,
    BuiltPeer,
    PeerRequest,
    folder_size,
    rows_of,
    write_labels,
)
from neurolite_bench.peers.distil import distilled
from neurolite_bench.peers.linear import fit_linear, save_arrays
from neurolite_bench.peers.static import EMBEDDINGS, HEAD, MAX_TOKENS
from neurolite_bench.peers.wordpiece import bert_tokenizer
from neurolite_core.ground.extras import require

TOKENS: Final = 29_528  # of potion-base-8M
NUMBERS: Final = 256
_FOLDER: Final = "static"


def build_static(request: PeerRequest, folder: Path) -> BuiltPeer:
    """Distils the teacher, or takes random vectors of potion-base-8M's shape, and fits the classifier.

    Raises:
        InputError: the teacher cannot be distilled.
        MissingDependencyError: model2vec or scikit-learn is not installed, or with a teacher, torch.
    """
    model2vec = require("model2vec", extra=EXTRA)
    tokenizers = require("tokenizers", extra=EXTRA)
    rows = rows_of(request)
    vectors, tokenizer, source = _table(request)
    model = model2vec.StaticModel(
        vectors=vectors,
        tokenizer=tokenizers.Tokenizer.from_str(tokenizer),
        config={"model_type": "model2vec", "hidden_dim": vectors.shape[1]},
        normalize=True,
    )
    place = folder / _FOLDER
    model.save_pretrained(place / EMBEDDINGS)
    start = time.perf_counter()
    linear = fit_linear(model.encode(list(rows.texts), max_length=MAX_TOKENS), rows.labels)
    seconds = time.perf_counter() - start
    save_arrays(place / HEAD, linear)
    learned = request.train is not None
    write_labels(place, linear.labels if learned else ())
    return BuiltPeer(
        path=place,
        size_bytes=folder_size(place),
        parameters=vectors.size + linear.weights.size + linear.bias.size,
        train_seconds=seconds if learned else None,
        note=f"{len(vectors):,} vectors of {vectors.shape[1]}, {vectors.dtype}, {source}",
    )


def _table(request: PeerRequest) -> tuple[NDArray[Any], str, str]:
    """Vectors as model2vec keeps them by default, tokenizer, and where they come from."""
    if request.teacher is not None:
        vectors, tokenizer = distilled(request.teacher, NUMBERS)
        return vectors.astype(np.float16), tokenizer, f"distilled from {request.teacher.name}"
    tokenizer, vocabulary = bert_tokenizer(TOKENS, request)
    rng = np.random.default_rng(request.seed)
    random = rng.standard_normal((TOKENS, NUMBERS), np.float32)
    return random.astype(np.float16), tokenizer, f"random; {vocabulary}"
