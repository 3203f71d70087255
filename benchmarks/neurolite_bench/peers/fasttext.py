"""Opens a quantized fastText classifier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final

from neurolite_bench.peers.base import named, read_labels
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.extras import require

MODEL: Final = "model.ftz"
PREFIX: Final = "__label__"
_PACKAGE: Final = "fasttext-numpy2-wheel"


class FasttextSubject:
    """A folder of ``build_fasttext``, opened.

    Attributes:
        runtime: version of what runs it.
        settings: it has none but one thread.
        labels: names of the classes; empty where it learned from built-in texts.

    Raises:
        InputError: a file is missing or damaged.
        MissingDependencyError: fastText is not installed.
    """

    settings: Final[Mapping[str, str]] = {"threads": "1"}

    def __init__(self, folder: Path) -> None:
        fasttext = require("fasttext", extra="baselines")
        self.runtime = f"fastText, {_PACKAGE} {version(_PACKAGE)}"
        self.labels = read_labels(folder)
        path = folder / MODEL
        try:
            self._model = fasttext.load_model(str(path))
        except ValueError as error:
            raise InputError(f"{path} cannot be opened by fastText: {error}") from error

    def answer(self, texts: Sequence[str]) -> list[list[str]]:
        """The best label of each text, as fastText writes it, in a list."""
        found: list[list[str]] = self._model.predict([line_of(text) for text in texts])[0]
        return found

    def predict(self, texts: Sequence[str]) -> list[str]:
        """The best of ``labels`` for each text.

        Raises:
            InputError: it has no labels.
        """
        return named(self.labels, [int(row[0].removeprefix(PREFIX)) for row in self.answer(texts)])


def line_of(text: str) -> str:
    """A text as fastText takes it: lower case, on one line."""
    return " ".join(text.lower().split())


def open_fasttext(folder: Path, threads: int) -> FasttextSubject:  # noqa: ARG001 (it has one)
    """Opens a folder of ``build_fasttext``; raises as ``FasttextSubject``."""
    return FasttextSubject(folder)
