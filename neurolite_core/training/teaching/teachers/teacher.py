"""What a larger model must offer to be distilled from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from neurolite_core.data.store import TextStore

Report = Callable[[str, float], None]
"""What is being done, and how much of it, 0 to 1."""

TUNED: Final = "neurolite_teacher.json"
"""By this file a folder is known that ``Teacher.save`` wrote; it is written last."""


class Answering(Protocol):
    """What gives soft labels."""

    @property
    def name(self) -> str:
        """For people and for fingerprints: where it came from, with a digest."""

    def logits(self, texts: Sequence[str], report: Report) -> NDArray[np.float32]:
        """Logits float32 [N, C]."""


class Teacher(Answering, Protocol):
    """A model that knows more than the one that is trained; it answers after ``prepare``."""

    def prepare(
        self,
        store: TextStore,
        rows: NDArray[np.int64],
        labels: Sequence[str],
        report: Report,
    ) -> None:
        """Makes it answer with these labels, by training it on the labelled rows if need be.

        Raises:
            InputError: it cannot answer with these labels.
        """

    def save(self, path: Path) -> None:
        """Keeps what ``prepare`` made, for ``open_teacher``; writes nothing where it made nothing."""

    def vocabulary(self) -> list[str]:
        """Words that it knows, most useful first; empty where it has no list."""

    @property
    def vector_size(self) -> int:
        """D of ``vectors``."""

    def vectors(self, texts: Sequence[str], report: Report) -> NDArray[np.float32]:
        """Unit vectors float32 [N, D] of texts, close for texts of close meaning, by the model as it came."""

    def word_vectors(self, words: Sequence[str], report: Report) -> NDArray[np.float32] | None:
        """float32 [N, D] of single words, close for words of close meaning; None where it has none."""
