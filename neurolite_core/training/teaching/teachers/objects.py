"""Anything in Python as a teacher: an object that gives probabilities, or one that gives vectors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from neurolite_core.answer.tasks import ANSWERINGS
from neurolite_core.data.store import TextStore
from neurolite_core.ground.errors import InputError
from neurolite_core.training.teaching.teachers.solved_head import SolvedHeadTeacher
from neurolite_core.training.teaching.teachers.teacher import Report, Teacher


class GivesVectors(Protocol):
    """What knows how close texts are; logistic regression on the labelled rows' vectors then answers."""

    @property
    def name(self) -> str:
        """What it is, its version included: answers that were kept are found again by it."""

    def vectors(self, texts: Sequence[str]) -> NDArray[np.floating]:
        """Float [N, D], of any length, near for texts of near meaning."""


class GivesProbabilities(Protocol):
    """What answers with the labels of the data."""

    @property
    def name(self) -> str:
        """As of ``GivesVectors``."""

    @property
    def labels(self) -> Sequence[str]:
        """C labels, those of the data in any order."""

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.floating]:
        """Float [N, C], 0 to 1; with one label a text they sum to 1."""


class ProbabilityTeacher:
    """The answers of an object that gives probabilities."""

    def __init__(self, given: GivesProbabilities) -> None:
        self.given = given
        self._order: list[int] = []
        self._task = ""

    @property
    def name(self) -> str:
        """Of the object."""
        return self.given.name

    def prepare(
        self,
        store: TextStore,
        rows: NDArray[np.int64],  # noqa: ARG002  # it answers as it is
        labels: Sequence[str],
        report: Report,  # noqa: ARG002
    ) -> None:
        """Checks that it has the same labels, in whatever order."""
        own = list(self.given.labels)
        missing = sorted({*labels} ^ {*own})
        if missing:
            raise InputError(
                f"The teacher {self.name} has other labels than the data: {missing[0]!r} is on one side only."
            )
        self._order, self._task = [own.index(label) for label in labels], store.task

    def save(self, path: Path) -> None:
        """Nothing: it answers as it is."""

    def logits(self, texts: Sequence[str], report: Report) -> NDArray[np.float32]:
        """Logits float32 [N, C] in the order of ``prepare``'s labels.

        Raises:
            InputError: it gave no probabilities, one row a text.
        """
        found = np.asarray(self.given.probabilities(texts), np.float64)
        report("teacher's answers", 1.0)
        good = found.shape == (len(texts), len(self._order)) and ((found >= 0) & (found <= 1)).all()
        if not good:
            raise InputError(
                f"The teacher {self.name} gave an array of shape {found.shape} for {len(texts):,} texts; give "
                f"probabilities from 0 to 1 of shape [texts, {len(self._order)} labels]."
            )
        logits: NDArray[np.float32] = (
            ANSWERINGS[self._task].logits(found[:, self._order]).astype(np.float32)
        )
        return logits

    @property
    def vector_size(self) -> int:
        """None: it has no vectors.

        Raises:
            InputError: always.
        """
        raise InputError(
            f"The teacher {self.name} gives probabilities, and an encoder learns vectors."
        )

    def vectors(self, texts: Sequence[str], report: Report) -> NDArray[np.float32]:  # noqa: ARG002
        """None, as ``vector_size``."""
        raise InputError(
            f"The teacher {self.name} gives probabilities, and an encoder learns vectors."
        )

    def vocabulary(self) -> list[str]:
        """None: it is not asked for words."""
        return []

    def word_vectors(self, words: Sequence[str], report: Report) -> None:  # noqa: ARG002
        """None, likewise."""
        return


def _of_vectors(given: GivesVectors) -> Teacher:
    def give(texts: Sequence[str], report: Report) -> NDArray[np.floating]:
        found = given.vectors(texts)
        report("teacher's vectors", 1.0)
        return found

    return SolvedHeadTeacher(given.name, give)


# By the method that an object has, the more telling first.
OBJECTS: Final[Mapping[str, Callable[[Any], Teacher]]] = MappingProxyType(
    {"probabilities": ProbabilityTeacher, "vectors": _of_vectors}
)


def teacher_of(given: GivesVectors | GivesProbabilities) -> Teacher:
    """An object as a teacher.

    Raises:
        InputError: it gives neither, or has no name.
    """
    for method, make in OBJECTS.items():
        if callable(getattr(given, method, None)) and isinstance(getattr(given, "name", None), str):
            return make(given)
    raise InputError(
        f"A teacher is a {type(given).__name__}; give a folder, or an object with a name and {' or '.join(OBJECTS)}(texts)."
    )


def teacher_name(given: Path | GivesVectors | GivesProbabilities) -> str:
    """Of a folder its path, of an object what it calls itself."""
    return str(given) if isinstance(given, Path) else given.name
