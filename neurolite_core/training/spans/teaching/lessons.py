"""Everything that a teacher gives to a training with spans, made once per data and teacher and kept in files."""

from __future__ import annotations

import hashlib
import json
import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.answer.spans import num_tags
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.files import read_limited, write_atomically
from neurolite_core.training.spans.placing import PlacedText, place_rows
from neurolite_core.training.spans.reading import SpanSources
from neurolite_core.training.spans.recipe import TAUGHT
from neurolite_core.training.spans.teaching.tagger import TAGGER, Tagger, require_same
from neurolite_core.training.spans.teaching.tuning import tuned_and_measured
from neurolite_core.training.spans.teaching.variants import (
    TEACHERS_OWN,
    HowToVary,
    Variants,
    keep_variants,
)
from neurolite_core.training.teaching.augment import MOST_WORDS
from neurolite_core.training.teaching.distillation import VARIANTS_SEED, near_words
from neurolite_core.training.teaching.kept_logits import KeptLogits, keep_answers
from neurolite_core.training.teaching.teachers.objects import (
    GivesProbabilities,
    GivesVectors,
    teacher_name,
)
from neurolite_core.training.teaching.teachers.teacher import Report

MOST_BYTES: Final = 16_000_000_000
"""Of the file of a teacher's answers: 2 for each word and tag."""
_PART: Final = 2**21  # numbers that are kept at a time
_ROWS: Final = 10_000  # whose words are counted at a time
_CLOSE: Final = 0.5  # cosine
_NEIGHBOURS: Final = 10
_SHORTEST: Final = 2
_FIGURES: Final = "figures.json"
_LIMIT: Final = 2**20


@dataclass(frozen=True, slots=True, eq=False)
class SpanLessons:
    """What a teacher says of the training's texts.

    Attributes:
        variants: the N texts.
        answers: of each text C logits of its labels, then T of each of its words; float16 in one file.
        num_labels: C.
        num_tags: T.
        name: of all that decides them.
        figures: what the teacher reaches on validation rows, and how long it took, seconds.
    """

    variants: Variants
    answers: KeptLogits
    num_labels: int
    num_tags: int
    name: str
    figures: Mapping[str, Any]

    def draw(self, row: int, rng: random.Random) -> int | None:
        """The number of a text to stand in a row's place, the row itself among them, or None for no text."""
        own = self.variants.of_row(row)
        return rng.choice(own) if own and rng.random() < TAUGHT else None

    def placed(self, number: int, text: bytes, borders: NDArray[np.int64]) -> PlacedText:
        """A text up to the last word that the teacher read.

        Args:
            number: of the text.
            text: what is read of it.
            borders: int64 [L, 2], of its words.
        """
        soft = self._soft(number)[: len(borders)]
        read = int((~np.isnan(soft[:, 0])).sum())
        soft, borders = soft[:read], borders[:read]
        tags = self.variants.tags(number)[:read]
        if read and tags[0] == TEACHERS_OWN:
            tags = likeliest_tags(soft)
        return PlacedText(text[: int(borders[-1, 1]) if read else 0], borders, tags, soft)

    def labels(self, drawn: Sequence[int | None]) -> NDArray[np.float32]:
        """Logits float32 [n, C] of the labels of some texts, 0 where there is none."""
        found = np.zeros((len(drawn), self.num_labels), np.float32)
        for row, number in zip(found, drawn, strict=True):
            if number is not None:
                first = self._begins(number)
                row[:] = self.answers.between(first, first + self.num_labels)[:, 0]
        return found

    def _begins(self, number: int) -> int:
        return number * self.num_labels + int(self.variants.words[number]) * self.num_tags

    def _soft(self, number: int) -> NDArray[np.float16]:
        """Float16 [L, T], a view into the file; NaN of words that the teacher did not read."""
        first, behind = self._begins(number) + self.num_labels, self._begins(number + 1)
        return self.answers.between(first, behind).reshape(-1, self.num_tags)


def likeliest_tags(soft: NDArray[np.floating]) -> NDArray[np.int64]:
    """The likeliest tag of each word, int64 [L], of logits [L, T]; an I that continues nothing begins a span."""
    tags = soft.argmax(axis=1)
    before = np.concatenate([[0], tags[:-1]])
    begins = (tags > 0) & (tags % 2 == 0) & (before != tags) & (before != tags - 1)
    found: NDArray[np.int64] = tags - begins
    return found


def learn_from_tagger(
    teachers: Sequence[Path | GivesVectors | GivesProbabilities],
    found: SpanSources,
    count: int,
    limits: tuple[int, int],
    folder: Path,
    report: Report,
) -> SpanLessons:
    """Tunes a teacher, measures it, makes variants of the rows, and asks for all answers.

    Args:
        teachers: one folder.
        found: the data.
        count: changed copies of each row.
        limits: bytes and words that are read of a text, by the model that reads most.
        folder: for what is kept: tuned teacher, words, variants and answers.
        report: told what is being done.

    Raises:
        InputError: several teachers or an object; a folder that cannot be read, or was tuned to something else; answers
            that would take more than 16 GB.
        MissingDependencyError: transformers is not installed.
    """
    path = _only(teachers)
    tagger = Tagger.open(path)
    rows = np.concatenate([found.sources.rows, found.unlabelled])
    learned = _key(
        tagger.body.name, found.train.store.content, found.train.digest, _digest(rows), *limits
    )
    labels = tuple(found.sources.train.labels) if found.labelled else ()
    near: dict[str, list[str]] = {}
    if count:
        # By its vectors before it is tuned, which are of what words mean.
        words = partial(_words, found, rows, limits)
        kept = near_words(words, tagger.body, folder / f"words-{learned}.npz", report)
        near = _close(*kept)
    key = _key(learned, labels, found.validation.digest, _digest(found.sources.validation.rows))
    tagger, figures = _tuned(tagger, path, found, labels, limits, folder / f"teacher-{key}", report)
    how = HowToVary(count=count, near=near, limits=limits, seed=VARIANTS_SEED)
    made = folder / f"variants-{_key(learned, count)}"
    variants = keep_variants(found.train, rows, how, made, partial(report, "texts for the teacher"))
    began = time.perf_counter()
    answers = _answers(tagger, variants, folder, [key, count], report)
    figures = {**figures, "variants": len(variants), "answered": time.perf_counter() - began}
    tags = num_tags(len(found.types))
    return SpanLessons(variants, answers, len(labels), tags, _key(key, count), figures)


def _only(teachers: Sequence[Path | GivesVectors | GivesProbabilities]) -> Path:
    first, *others = teachers
    if others or not isinstance(first, Path):
        names = ", ".join(teacher_name(one) for one in teachers)
        raise InputError(
            f"The teachers are {names}; texts with spans are learned from one folder of a transformers model."
        )
    return first


def _tuned(
    tagger: Tagger,
    path: Path,
    found: SpanSources,
    labels: tuple[str, ...],
    limits: tuple[int, int],
    folder: Path,
    report: Report,
) -> tuple[Tagger, dict[str, Any]]:
    """The tuned teacher, and what it reaches; kept in the folder."""
    if tagger.network is not None:
        require_same(tagger, found.types, labels, path)
        return tagger, tuned_and_measured(tagger, found, limits, report)
    if (folder / TAGGER).is_file():
        return Tagger.open(folder), json.loads(read_limited(folder / _FIGURES, _LIMIT))
    figures = tuned_and_measured(tagger, found, limits, report)
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / _FIGURES, (json.dumps(figures, indent=2) + "\n").encode())
    tagger.save(folder)
    return tagger, figures


def _answers(
    tagger: Tagger, variants: Variants, folder: Path, key: Sequence[object], report: Report
) -> KeptLogits:
    """All answers in a file, text after text."""
    labels, tags = len(tagger.labels), num_tags(len(tagger.types))
    begins = np.arange(len(variants) + 1) * labels + variants.words * tags
    total = int(begins[-1])
    if 2 * total > MOST_BYTES:
        raise InputError(
            f"The teacher's answers to {len(variants):,} texts, {tags:,} tags a word, would take {2e-9 * total:,.1f} GB, and "
            f"{MOST_BYTES // 10**9} are kept at most. Ask for fewer changed copies: --variants 0 to 100"
        )

    def answer(numbers: range) -> NDArray[np.float32]:
        first = int(np.searchsorted(begins, numbers.start, side="right")) - 1
        behind = int(np.searchsorted(begins, numbers.stop, side="left"))
        texts = variants.placed(range(first, behind))
        sizes = begins[first : behind + 1] - begins[first]
        found = np.full(int(sizes[-1]), np.nan, np.float32)

        def done(share: float) -> None:
            report("teacher answers", (numbers.start + share * len(numbers)) / total)

        for own in tagger.answers(texts, done):
            for place, label, words, read in zip(
                own.places, own.labels, own.tags, own.words, strict=True
            ):
                at = sizes[place]
                found[at : at + labels] = label
                found[at + labels : at + labels + read * tags] = words[:read].ravel()
        skipped = numbers.start - int(begins[first])
        return found[skipped : skipped + len(numbers), None]

    return keep_answers(folder, "tags", [*key, total], (total, 1), answer, part=_PART)


def _words(found: SpanSources, rows: NDArray[np.int64], limits: tuple[int, int]) -> list[str]:
    """The data's words of letters alone, in lower case, the most frequent first."""
    counts: Counter[str] = Counter()
    for place in range(0, len(rows), _ROWS):
        for text in place_rows(found.train, rows[place : place + _ROWS], *limits):
            counts.update(
                text.text[start:end].decode("utf-8", "replace").lower()
                for start, end in text.borders.tolist()
            )
    words = [word for word, _ in counts.most_common()]
    return [word for word in words if len(word) >= _SHORTEST and word.isalpha()][:MOST_WORDS]


def _close(
    words: Sequence[str], vectors: NDArray[np.float32], near: Mapping[str, Sequence[str]]
) -> dict[str, list[str]]:
    """Of the near words those that are close enough, for the words that have some."""
    places = {word: place for place, word in enumerate(words)}
    found = {}
    for word, own in near.items():
        cosines = vectors[[places[one] for one in own]] @ vectors[places[word]]
        close = [one for one, cosine in zip(own, cosines, strict=True) if cosine > _CLOSE]
        if close:
            found[word] = close[:_NEIGHBOURS]
    return found


def _digest(rows: NDArray[np.int64]) -> str:
    return hashlib.sha256(np.ascontiguousarray(rows).tobytes()).hexdigest()


def _key(*facts: object) -> str:
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]
