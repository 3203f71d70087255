"""Real sentences in classes of length, and the cases that are made of them; the same on every machine.

Nothing here is random: a class holds several texts, each of consecutive sentences from another place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import cycle, islice
from pathlib import Path
from typing import Final

import numpy as np

from neurolite_bench.labelled import built_in_rows, built_in_sentences
from neurolite_bench.report.model import Case
from neurolite_core.ground.errors import InputError
from neurolite_core.hashing.words import hash_words
from neurolite_export.probes import read_probes

LENGTHS: Final = (8, 32, 256)  # a query, a message, a page: as much as the presets read
MANY_LANGUAGES: Final = 32
SWEEP: Final = (16, 32, 64, 128, 256, 512, 1024)
BATCHES: Final = (1, 8, 32)
BATCH_WORDS: Final = 32
FIRST_WORDS: Final = 32  # what a fresh process is asked first
_TEXTS: Final = 16  # different ones in a class
_STEP: Final = 7  # sentences between the beginnings of two texts; prime to the number of sentences
_LONG: Final = 300  # characters: the built-in set has texts made of many sentences, too


@dataclass(frozen=True, slots=True)
class TimedCase:
    """A case with its texts: call n takes ``batch`` texts from place n * batch on, around."""

    case: Case
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TextSource:
    """Where texts come from.

    Attributes:
        name: for the report.
        english: short English sentences, which the classes of length are made of.
        multilingual: sentences in many languages.
        own: the user's texts, timed as they are; empty without any.
    """

    name: str
    english: tuple[str, ...]
    multilingual: tuple[str, ...]
    own: tuple[str, ...] = ()


def built_in_texts() -> TextSource:
    """The queries of the package's own model, and its sentences in some 90 languages."""
    multilingual = tuple(text for text in built_in_sentences() if len(text) < _LONG)
    return TextSource("built-in sentences", built_in_rows().texts, multilingual)


def own_texts(path: Path) -> TextSource:
    """The built-in sentences, and the user's texts as a class of their own.

    Raises:
        InputError: unreadable, or without any text.
    """
    found = [text.decode("utf-8", "replace") for text in read_probes(path, ()).texts]
    own = tuple(text for text in found if text.strip())
    if not own:
        raise InputError(f"{path} holds only empty texts; give one text a line.")
    built_in = built_in_texts()
    return TextSource(
        f"{path.name} and built-in sentences", built_in.english, built_in.multilingual, own
    )


def timed_cases(source: TextSource, max_words: int) -> tuple[TimedCase, ...]:
    """All cases on one thread for a subject that reads so many words."""
    cases = [_of_length(source.english, words, "length") for words in LENGTHS if words <= max_words]
    if max_words >= MANY_LANGUAGES:
        texts = _texts(source.multilingual, MANY_LANGUAGES)
        case = Case(f"{MANY_LANGUAGES} words, many languages", "length", MANY_LANGUAGES, 1, 1)
        cases.append(TimedCase(case, texts))
    if source.own:
        cases.append(TimedCase(Case("own texts", "length", 0, 1, 1), source.own))
    cases += [_of_length(source.english, words, "sweep") for words in SWEEP if words <= max_words]
    if max_words >= BATCH_WORDS:
        cases += [_batch(source, size, 1) for size in BATCHES]
    return tuple(cases)


def all_threads_cases(source: TextSource, max_words: int) -> tuple[TimedCase, ...]:
    """What is timed on all cores: one text, and the largest batch."""
    words = max(length for length in LENGTHS if length <= max_words)
    one = Case(f"{words} words, all threads", "length", words, 1, 0)
    cases = [TimedCase(one, _texts(source.english, words))]
    if max_words >= BATCH_WORDS:
        cases.append(_batch(source, BATCHES[-1], 0))
    return tuple(cases)


def describe_texts(source: TextSource) -> dict[str, object]:
    """Where the texts are from, and how long those of each class are, for the report."""
    classes = {}
    for item in timed_cases(source, max(LENGTHS)):
        if item.case.group == "length":
            sizes = [len(text.encode()) for text in item.texts]
            classes[item.case.name] = {
                "texts": len(item.texts),
                "median_words": int(np.median(count_words(item.texts))),
                "median_bytes": int(np.median(sizes)),
                "max_bytes": max(sizes),
            }
    return {"source": source.name, "classes": classes}


def count_words(texts: Sequence[str]) -> list[int]:
    """Words of each text to the specification of the hash."""
    found = hash_words([text.encode() for text in texts], num_hashes=1, table_size=64)
    return [int(count) for count in found.counts]


def text_of(source: TextSource, words: int) -> str:
    """One English text of so many words."""
    return _texts(source.english, words)[0]


def _of_length(sentences: tuple[str, ...], words: int, group: str) -> TimedCase:
    name = f"{words} words" if group == "length" else f"{group}: {words} words"
    return TimedCase(Case(name, group, words, 1, 1), _texts(sentences, words))


def _batch(source: TextSource, size: int, threads: int) -> TimedCase:
    suffix = "" if threads else ", all threads"
    case = Case(f"batch of {size}{suffix}", "batch", BATCH_WORDS, size, threads)
    return TimedCase(case, _texts(source.english, BATCH_WORDS, max(_TEXTS, size)))


@cache
def _texts(sentences: tuple[str, ...], words: int, count: int = _TEXTS) -> tuple[str, ...]:
    return tuple(_text(sentences, words, first * _STEP) for first in range(count))


def _text(sentences: tuple[str, ...], words: int, first: int) -> str:
    """Consecutive sentences of exactly so many words; the last one may be cut."""
    tokens: list[str] = []
    left = words
    start = first % len(sentences)
    for sentence in islice(cycle(sentences), start, None):
        for part, size in _parts(sentence):
            if size <= left:  # a word with a comma is two
                tokens.append(part)
                left -= size
            if left == 0:
                return " ".join(tokens)
    raise AssertionError("cycle does not end")


@cache
def _parts(sentence: str) -> tuple[tuple[str, int], ...]:
    """What lies between spaces, with its words; counted once, which small machines notice."""
    parts = sentence.split()
    return tuple(zip(parts, count_words(parts), strict=True))
