"""Opens character n-grams by tf-idf with a linear classifier: scikit-learn does both."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_bench.peers.base import named, read_labels
from neurolite_bench.peers.linear import load_arrays
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.extras import require
from neurolite_core.ground.files import read_limited

VOCABULARY: Final = "vocabulary.json"
ARRAYS: Final = "arrays.npz"
IDF: Final = "idf"
OPTIONS: Final[Mapping[str, Any]] = {
    "analyzer": "char_wb",
    "ngram_range": (2, 5),
    "sublinear_tf": True,
    "dtype": np.float32,
}
_LIMIT: Final = 2**30


class TfidfSubject:
    """A folder of ``build_tfidf``, opened.

    Attributes:
        runtime: version of what runs it.
        settings: it has none but one thread.
        labels: names of the classes; empty where it learned from built-in texts.

    Raises:
        InputError: a file is missing or damaged.
        MissingDependencyError: scikit-learn is not installed.
    """

    settings: Final[Mapping[str, str]] = {"threads": "1"}

    def __init__(self, folder: Path) -> None:
        sklearn = require("sklearn", extra="baselines")
        text = require("sklearn.feature_extraction.text", extra="baselines")
        self.runtime = f"scikit-learn {sklearn.__version__}"
        self.labels = read_labels(folder)
        self._weights, self._bias, idf = load_arrays(folder / ARRAYS, (IDF,))
        try:
            words = json.loads(read_limited(folder / VOCABULARY, _LIMIT))
            self._vectorizer = text.TfidfVectorizer(**OPTIONS, vocabulary=words)
            self._vectorizer.idf_ = idf
        except (ValueError, TypeError, RecursionError) as error:
            raise InputError(
                f"{folder} cannot be opened: {error}. Build the peer again."
            ) from error

    def answer(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Logits [N, C]."""
        logits: NDArray[np.float32] = self._vectorizer.transform(texts) @ self._weights + self._bias
        return logits

    def predict(self, texts: Sequence[str]) -> list[str]:
        """The best of ``labels`` for each text."""
        return named(self.labels, self.answer(texts).argmax(axis=1))


def open_tfidf(folder: Path, threads: int) -> TfidfSubject:  # noqa: ARG001 (it has one)
    """Opens a folder of ``build_tfidf``; raises as ``TfidfSubject``."""
    return TfidfSubject(folder)
