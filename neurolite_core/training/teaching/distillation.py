"""Everything that teachers give to a training, made once per data and teacher and kept in files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.data.store import TextStore
from neurolite_core.ground.files import replaced_atomically, write_atomically
from neurolite_core.training.options import TrainingOptions
from neurolite_core.training.sources import DataFiles, Sources, unlabelled_store
from neurolite_core.training.teaching.augment import (
    MOST_WORDS,
    close_words,
    count_words,
    make_variants,
)
from neurolite_core.training.teaching.kept_logits import KeptLogits
from neurolite_core.training.teaching.soft_labels import soft_labels
from neurolite_core.training.teaching.teachers import as_teacher, open_teacher
from neurolite_core.training.teaching.teachers.objects import GivesProbabilities, GivesVectors
from neurolite_core.training.teaching.teachers.teacher import TUNED, Report, Teacher

VARIANTS_SEED: Final = 0  # not the training's: trainings that differ in their seed share the texts


@dataclass(frozen=True, slots=True, eq=False)
class Lessons:
    """What teachers say.

    Attributes:
        train: for all rows of the training store.
        extra: unlabelled texts, variants and files; None without any.
        extra_answers: for them.
        words: of the teachers' vocabulary and the data; empty where the teachers have no vectors.
        vectors: float32 [W, D] of the words.
        names: of the teachers.
    """

    train: KeptLogits
    extra: TextStore | None
    extra_answers: KeptLogits | None
    words: tuple[str, ...]
    vectors: NDArray[np.float32]
    names: tuple[str, ...]


def learn_from_teachers(
    given: Sequence[Path | GivesVectors | GivesProbabilities],
    sources: Sources,
    files: DataFiles,
    options: TrainingOptions,
    folder: Path,
    report: Report,
) -> Lessons:
    """Prepares teachers, makes variants of the training texts, and asks for all answers.

    Args:
        given: folders of teachers, or objects; at least one.
        sources: the data.
        files: for the unlabelled texts among them.
        options: number of variants, and how teachers get a head.
        folder: for what is kept: tuned teachers, variants, words and answers.
        report: told what is being done.

    Raises:
        InputError: a teacher that cannot be read, or has other labels.
        MissingDependencyError: it needs a package that is not installed.
    """
    opened = [as_teacher(each, options.teacher_head) for each in given]
    teachers = [_Tuned(teacher, sources, folder) for teacher in opened]
    names = tuple(teacher.name for teacher in teachers)
    key = _key(sources.train.content, len(sources.rows), *names)
    # The vectors are those from before it was tuned: that happens when the answers are asked for.
    words, vectors, near = near_words(
        lambda: list(count_words(sources.train.strings(sources.rows)))[:MOST_WORDS],
        opened[0],
        folder / f"words-{key}.npz",
        report,
    )
    extra = None
    if options.variants or files.unlabelled:
        made = folder / f"variants-{key}-{options.variants}.jsonl"
        if options.variants and not made.is_file():
            texts = sources.train.strings(sources.rows)
            standing = list(count_words(texts)) or [""]
            variants = make_variants(texts, options.variants, standing, near, seed=VARIANTS_SEED)
            _write_texts(made, dict.fromkeys(variants))
        store = folder / f"extra-{key}-{options.variants}"
        extra = unlabelled_store(files, [str(made)] if options.variants else [], store)
    task, num_labels = sources.train.task, len(sources.train.labels)
    answers = soft_labels(sources.train, teachers, task, num_labels, folder, report)
    extra_answers = (
        None if extra is None else soft_labels(extra, teachers, task, num_labels, folder, report)
    )
    return Lessons(answers, extra, extra_answers, words, vectors, names)


class _Tuned:
    """A teacher's answers; it is prepared when it is first asked, and kept in the folder."""

    def __init__(self, teacher: Teacher, sources: Sources, folder: Path) -> None:
        self.teacher, self.sources = teacher, sources
        self.name = f"{teacher.name} {_key(sources.train.content, len(sources.rows))}"
        self.folder = folder / f"teacher-{_key(self.name)}"
        self.ready = False

    def logits(self, texts: Sequence[str], report: Report) -> NDArray[np.float32]:
        """As the prepared teacher's."""
        if not self.ready:
            self._prepare(report)
            self.ready = True
        return self.teacher.logits(texts, report)

    def _prepare(self, report: Report) -> None:
        """Tunes the teacher, or reads the tuned one."""
        train, kept = self.sources.train, (self.folder / TUNED).is_file()
        if kept:
            self.teacher = open_teacher(self.folder)
        self.teacher.prepare(train, self.sources.rows, train.labels, report)
        if not kept:
            self.teacher.save(self.folder)


def _key(*facts: object) -> str:
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]


def near_words(
    words: Callable[[], Sequence[str]], teacher: Teacher, path: Path, report: Report
) -> tuple[tuple[str, ...], NDArray[np.float32], dict[str, list[str]]]:
    """All words with vectors float32 [W, D], and the near ones of the data's, kept in a file.

    Args:
        words: gives the data's.
        teacher: whose vectors say what is near.
        path: of the file.
        report: told how far it is.
    """
    if not path.is_file():
        near, known, vectors = close_words(words(), teacher, report)
        if vectors is None:
            known, vectors = [], np.zeros((0, 0), dtype=np.float32)
        with replaced_atomically(path) as stream:
            np.savez(
                stream,
                words=np.array(json.dumps(known)),
                near=np.array(json.dumps(near)),
                vectors=vectors,
            )
    with np.load(path, allow_pickle=False) as found:
        near = json.loads(str(found["near"]))
        return tuple(json.loads(str(found["words"]))), found["vectors"], near


def _write_texts(path: Path, texts: dict[str, None]) -> None:
    lines = "".join(json.dumps({"text": text}) + "\n" for text in texts)
    write_atomically(path, lines.encode())
