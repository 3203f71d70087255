"""A teacher of vectors alone, a sentence encoder or any other: logistic regression on them answers with the labels.

The encoder is asked once for each text and stays as it is, so this takes seconds where tuning takes minutes; what it
learns of the labelled rows is the head's one minimum.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.data.store import TextStore
from neurolite_core.ground.errors import InputError
from neurolite_core.training.fitting.objectives import OBJECTIVES
from neurolite_core.training.starting.heads import solve_head
from neurolite_core.training.teaching.teachers.teacher import Report, Teacher

# Of unit vectors; 0.1 and 0.01 are as good within a few tenths where there are rows enough.
PENALTY: Final = 1 / 30
STEPS: Final = 100


class SolvedHeadTeacher:
    """Answers by a head that is solved for on somebody's vectors.

    Args:
        name: of what gives the vectors; trainings are told apart by it.
        give: texts to their vectors, float [N, D] of any length.
        words: what knows single words too; None for nothing.
    """

    def __init__(
        self,
        name: str,
        give: Callable[[Sequence[str], Report], NDArray[np.floating]],
        words: Teacher | None = None,
    ) -> None:
        self._name, self._give, self._words = name, give, words
        self._head: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None

    @property
    def name(self) -> str:
        """Of what gives the vectors, and how they are made to answer."""
        return f"{self._name} with a solved head"

    def prepare(
        self, store: TextStore, rows: NDArray[np.int64], labels: Sequence[str], report: Report
    ) -> None:
        """Solves for the head on the labelled rows."""
        vectors = self.vectors(store.strings(rows), report)
        truths = OBJECTIVES[store.task].truths(store, rows, len(labels))
        report("teacher's head", 0.5)
        weight, bias = solve_head(store.task, vectors, truths, len(labels), PENALTY, STEPS)
        self._head = weight, bias
        report("teacher's head", 1.0)

    def save(self, path: Path) -> None:
        """Nothing: it is solved for again in seconds."""

    def logits(self, texts: Sequence[str], report: Report) -> NDArray[np.float32]:
        """Logits float32 [N, C]."""
        if self._head is None:
            raise InputError("The teacher was not prepared.")
        weight, bias = self._head
        logits: NDArray[np.float32] = self.vectors(texts, report) @ weight.T + bias
        return logits

    @property
    def vector_size(self) -> int:
        """Components of its vectors."""
        return len(self.vectors(["a"], lambda *_: None)[0])

    def vectors(self, texts: Sequence[str], report: Report) -> NDArray[np.float32]:
        """Unit vectors float32 [N, D].

        Raises:
            InputError: it gave something else than finite vectors, one a text.
        """
        found = np.asarray(self._give(texts, report), np.float32)
        if found.ndim != 2 or len(found) != len(texts) or not np.isfinite(found).all():
            raise InputError(
                f"The teacher {self._name} gave an array of shape {found.shape} for {len(texts):,} texts; vectors must be "
                "finite numbers of shape [texts, components]."
            )
        unit: NDArray[np.float32] = found / np.maximum(
            np.linalg.norm(found, axis=1, keepdims=True), 1e-9
        )
        return unit

    def vocabulary(self) -> list[str]:
        """Words that it knows, most useful first."""
        return [] if self._words is None else self._words.vocabulary()

    def word_vectors(self, words: Sequence[str], report: Report) -> NDArray[np.float32] | None:
        """Of single words; None where nothing is known of them."""
        return None if self._words is None else self._words.word_vectors(words, report)
