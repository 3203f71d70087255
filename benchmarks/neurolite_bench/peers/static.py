"""Opens static embeddings (model2vec) with a linear classifier on their mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_bench.peers.base import named, read_labels
from neurolite_bench.peers.linear import load_arrays
from neurolite_bench.peers.transformer import limit_tokenizer_threads
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.extras import require

EMBEDDINGS: Final = "embeddings"
HEAD: Final = "head.npz"
MAX_TOKENS: Final = 512  # the package's own limit


class StaticSubject:
    """A folder of ``build_static``, opened.

    Attributes:
        runtime: version of what runs it.
        settings: threads of the tokenizer, and where texts are cut.
        labels: names of the classes; empty where it learned from built-in texts.

    Raises:
        InputError: a file is missing or damaged.
        MissingDependencyError: model2vec is not installed.
    """

    def __init__(self, folder: Path, threads: int) -> None:
        model2vec = require("model2vec", extra="baselines")
        limit_tokenizer_threads(threads)
        self.runtime = f"model2vec {model2vec.__version__}, numpy {np.__version__}"
        self.labels = read_labels(folder)
        self._weights, self._bias = load_arrays(folder / HEAD)
        place = folder / EMBEDDINGS
        if not place.is_dir():  # the package would ask the hub for it
            raise InputError(f"{place} is missing; build the peer again.")
        try:
            self._model = model2vec.StaticModel.from_pretrained(place)
        except Exception as error:  # of the packages below it, which have their own
            raise InputError(f"{place} cannot be opened by model2vec: {error}") from error
        self.settings: Mapping[str, str] = {
            "threads": str(threads or "all"),
            "longest": f"{MAX_TOKENS} tokens",
        }

    def answer(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Logits [N, C]."""
        vectors = self._model.encode(list(texts), max_length=MAX_TOKENS)
        logits: NDArray[np.float32] = vectors @ self._weights + self._bias
        return logits

    def predict(self, texts: Sequence[str]) -> list[str]:
        """The best of ``labels`` for each text."""
        return named(self.labels, self.answer(texts).argmax(axis=1))


def open_static(folder: Path, threads: int) -> StaticSubject:
    """Opens a folder of ``build_static``; raises as ``StaticSubject``."""
    return StaticSubject(folder, threads)
