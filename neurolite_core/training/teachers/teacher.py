"""What a larger model must offer to be distilled from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from neurolite_core.training.data.store import TextStore

Report = Callable[[str, float], None]
"""What is being done, and how much of it, 0 to 1."""


class Teacher(Protocol):
    """A model that knows more than the one that is trained."""

    @property
    def name(self) -> str:
        """For people and for fingerprints: where it came from, with a digest."""

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

    def logits(self, texts: Sequence[str], report: Report) -> NDArray[np.float32]:
        """Logits float32 [N, C] after ``prepare``."""

    def vocabulary(self) -> list[str]:
        """Words that it knows, most useful first; empty where it has no list."""

    def word_vectors(self, words: Sequence[str], report: Report) -> NDArray[np.float32] | None:
        """float32 [N, D] of single words, close for words of close meaning; None where it has none."""
