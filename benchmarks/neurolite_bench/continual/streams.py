"""Tasks that come one after another: clinc150's labels in groups, sib200's topics language by language."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_bench.quality_sets import SETS, Split, read_task

TASKS: Final = 10  # of clinc150, 15 labels each
VALIDATION: Final = "validation"
TEST: Final = "test"

Ints = NDArray[np.int64]
Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """N texts.

    Attributes:
        texts: as they are.
        labels: int64 [N], places of their labels.
        groups: int64 [N], of which a task is made: the label, or the language.
        vectors: float32 [N, D] of length 1; [N, 0] before they are embedded.
    """

    texts: tuple[str, ...]
    labels: Ints
    groups: Ints
    vectors: Vectors

    def __len__(self) -> int:
        return len(self.texts)

    def at(self, places: Ints) -> Rows:
        """Some of them, in this order."""
        texts = tuple(self.texts[place] for place in places.tolist())
        return Rows(texts, self.labels[places], self.groups[places], self.vectors[places])


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """A task: what is learned, and on what it is judged."""

    train: Rows
    judged: Rows


@dataclass(frozen=True, slots=True, eq=False)
class Stream:
    """A set whose rows come task by task.

    Attributes:
        name: key in ``STREAMS``.
        labels: names, by place.
        groups: how many there are.
        tasks: into how many the groups are dealt.
        new_labels: whether each task brings labels of its own, so that texts of later ones cannot be answered yet.
        train: all rows to learn.
        judged: all rows to judge by.
    """

    name: str
    labels: tuple[str, ...]
    groups: int
    tasks: int
    new_labels: bool
    train: Rows
    judged: Rows

    @property
    def chance(self) -> float:
        """Accuracy of who knows nothing; see ``measures.figures``."""
        return 0.0 if self.new_labels else 1 / len(self.labels)

    def embedded(self, embed: Callable[[Sequence[str]], Vectors]) -> Stream:
        """The same with vectors."""
        return replace(
            self,
            train=replace(self.train, vectors=embed(self.train.texts)),
            judged=replace(self.judged, vectors=embed(self.judged.texts)),
        )

    def steps(self, seed: int) -> list[Step]:
        """Groups and the rows of a task in an order drawn by the seed."""
        rng = np.random.default_rng(seed)
        steps = []
        for groups in np.array_split(rng.permutation(self.groups), self.tasks):
            train = np.flatnonzero(np.isin(self.train.groups, groups))
            judged = np.flatnonzero(np.isin(self.judged.groups, groups))
            steps.append(Step(self.train.at(rng.permutation(train)), self.judged.at(judged)))
        return steps


def raw_bytes(rows: Rows) -> int:
    """Of the texts in UTF-8 with 2 bytes for a label and 2 for a length."""
    return sum(len(text.encode()) + 4 for text in rows.texts)


def read_clinc150(data: Path, split: str) -> Stream:
    """150 labels in ten tasks; errors as of ``read_task``."""
    task = read_task("clinc150", data)
    train = _rows(task.train, task.labels, ())
    judged = _rows(task.validation if split == VALIDATION else task.test, task.labels, ())
    return Stream("clinc150", task.labels, len(task.labels), TASKS, True, train, judged)


def read_topics(data: Path, split: str) -> Stream:
    """Seven topics in twelve languages, a task each; errors as of ``read_task``."""
    task = read_task("topic", data)
    languages = SETS["topic"].languages
    train = _rows(task.train, task.labels, languages)
    judged = _rows(task.validation if split == VALIDATION else task.test, task.labels, languages)
    return Stream("topic", task.labels, len(languages), len(languages), False, train, judged)


def _rows(split: Split, labels: Sequence[str], groups: Sequence[str]) -> Rows:
    place = {name: number for number, name in enumerate(labels)}
    own = np.array([place[label] for label in split.labels], np.int64)
    of_group = {name: number for number, name in enumerate(groups)}
    found = np.array([of_group[name] for name in split.groups], np.int64) if groups else own
    return Rows(split.texts, own, found, np.zeros((len(own), 0), np.float32))


STREAMS: Final[Mapping[str, Callable[[Path, str], Stream]]] = MappingProxyType(
    {"clinc150": read_clinc150, "topic": read_topics}
)
