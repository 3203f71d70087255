"""The hash specification in plain Python integers, one character at a time.

Written from ``docs/hash-spec.md`` alone and sharing no code with ``neurolite_core``, so that the
two can be held against each other. Slow and obvious on purpose.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SEPARATOR, LETTER, PUNCTUATION, ISOLATED, MARK, APOSTROPHE, ACCENT, IGNORABLE = range(8)
WORD_BYTES = 64
MAX_CLUSTER = 16
MAX_ACCENT = 1023

_TABLES: dict[str, Any] = json.loads(
    (Path(__file__).resolve().parents[2] / "docs" / "hash-spec-tables.json").read_text("utf-8")
)


def _letters() -> dict[int, tuple[int, int]]:
    """Folded code and accent number."""
    letters = {}
    for first, last, step, delta, accent in _TABLES["letters"]:
        for code in range(first, last + 1, step):
            letters[code] = (code + delta, accent)
    return letters


LETTERS = _letters()
ACCENTS = {code: number for code, number in _TABLES["accents"]}
IGNORABLES = {code for first, last in _TABLES["ignorable"] for code in range(first, last + 1)}
CLASSES = [(int(r["first"], 16), int(r["last"], 16), r["class"]) for r in _TABLES["classes"]]
CLASS_NAMES = ["separator", "letter", "punctuation", "isolated", "mark", "apostrophe"]
_CLASS_CACHE: dict[int, int] = {}


def class_of(folded: int) -> int:
    """Of the code of a character that is no follower."""
    if folded not in _CLASS_CACHE:
        found = LETTER
        for first, last, name in CLASSES:
            if first <= folded <= last:
                found = CLASS_NAMES.index(name)
        _CLASS_CACHE[folded] = found
    return _CLASS_CACHE[folded]


@dataclass
class Character:
    code: int
    kind: int
    accent: int
    position: int
    end: int = 0
    following: Character | None = None  # the next cluster, where it continues the word

    @property
    def too_long(self) -> bool:
        return self.end - self.position > MAX_CLUSTER


def character(code: int, position: int) -> Character:
    if code in ACCENTS:
        return Character(0, ACCENT, ACCENTS[code], position)
    if code in IGNORABLES:
        return Character(0, IGNORABLE, 0, position)
    folded, accent = LETTERS.get(code, (code, 0))
    return Character(folded, class_of(folded), accent, position)


def decode(data: bytes) -> list[Character]:
    characters = []
    i = 0
    while i < len(data):
        byte = data[i]
        need = 0
        if 0xC0 <= byte <= 0xDF:
            need = 1
        elif 0xE0 <= byte <= 0xEF:
            need = 2
        elif 0xF0 <= byte <= 0xF7:
            need = 3
        tail = data[i + 1 : i + 1 + need]
        complete = len(tail) == need and all(0x80 <= t <= 0xBF for t in tail)
        if byte < 0x80:
            code, size = byte, 1
        elif need > 0 and complete:
            code = byte - {1: 0xC0, 2: 0xE0, 3: 0xF0}[need]
            for t in tail:
                code = code * 64 + (t - 0x80)
            size = 1 + need
        else:
            code, size = 0xDC00 + byte, 1
        characters.append(character(code, i))
        i += size
    return characters


def clusters_of(data: bytes) -> list[Character]:
    """Characters with what follows them."""
    characters = decode(data)
    kinds = [c.kind for c in characters]
    wordly = (LETTER, ACCENT, IGNORABLE)
    clusters: list[Character] = []
    for i, c in enumerate(characters):
        if kinds[i] == APOSTROPHE:
            before = kinds[i - 1] if i > 0 else SEPARATOR
            after = kinds[i + 1] if i + 1 < len(kinds) else SEPARATOR
            c.kind = LETTER if before in wordly and after in wordly else PUNCTUATION
        if c.kind not in (ACCENT, IGNORABLE):
            clusters.append(c)
        elif clusters:
            clusters[-1].accent += c.accent
    for i, c in enumerate(clusters):
        c.end = clusters[i + 1].position if i + 1 < len(clusters) else len(data)
        c.accent = min(c.accent, MAX_ACCENT)
    return clusters


def words_of(data: bytes) -> list[list[Character]]:
    words: list[list[Character]] = []
    previous: Character | None = None
    for c in clusters_of(data):
        before = SEPARATOR if previous is None or previous.too_long else previous.kind
        continues = before != SEPARATOR and c.kind in (before, MARK) and c.kind != ISOLATED
        if continues and previous is not None:
            previous.following = c
        if c.kind != SEPARATOR and not c.too_long:
            if continues:
                words[-1].append(c)
            else:
                words.append([c])
        previous = c
    return words


def _constants() -> tuple[list[list[int]], dict[int, list[int]]]:
    """Constants from the generator; all but the last of a row, which is the offset, are odd."""
    low, high, accent, offset = (1024, 15360), (64, 1088), (64, 1024), (0, 2**18)
    kinds = [[low, high, low, high, accent, low, high, offset]] * 64
    for n in (2, 3, 4, 5):
        symbol = [(1024, 20480 // n), (64, 5440 // n), (64, 5120 // n)]
        kinds.append(symbol * n + [offset])
    state, rows = 2, []
    for ranges in kinds:
        row = []
        for first, behind in ranges:
            state = (state * 1103515245 + 12345) % 2147483648
            row.append(first + (state // 256) % (behind - first))
        rows.append([number if number % 2 == 1 else number + 1 for number in row[:-1]] + row[-1:])
    return rows[:64], dict(zip((2, 3, 4, 5), rows[64:], strict=True))


CONSTANTS, NGRAM_CONSTANTS = _constants()


def value_at(word: list[Character], place: int, constants: list[int]) -> int:
    """A hash function's value at one cluster of a word."""

    def residues(c: Character | None) -> list[int]:
        return [0, 0] if c is None else [c.code % 256, min(c.code // 256, 767)]

    own = word[place]
    before = word[place - 1] if place > 0 else None
    numbers = [*residues(before), *residues(own), own.accent, *residues(own.following)]
    total = sum(a * b for a, b in zip(constants, numbers, strict=False)) + constants[-1]
    assert total < 2**24
    return total % 2**18


def minima_of(word: list[Character], num_hashes: int) -> list[int]:
    near = [i for i, c in enumerate(word) if c.end - word[0].end < WORD_BYTES]
    return [min(value_at(word, i, row) for i in near) for row in CONSTANTS[:num_hashes]]


def tail_of(word: list[Character]) -> int:
    size = sum(1 + c.accent for c in word) % 4096
    if size <= 15:
        return size
    return (size + sum(value_at(word, i, CONSTANTS[0]) // 64 for i in range(len(word)))) % 4096


def sums_of(word: list[Character], num_hashes: int) -> list[int]:
    """What is divided by the table's size."""
    minima = minima_of(word, num_hashes)
    return [minima[0] + 61 * tail_of(word), *minima[1:]]


def indices_of(data: bytes, num_hashes: int, table_size: int) -> list[list[int]]:
    return [[m % table_size for m in sums_of(w, num_hashes)] for w in words_of(data)]


def offsets_of(data: bytes) -> list[list[int]]:
    """Of each word its first byte and the one behind its last."""
    return [[word[0].position, word[-1].end] for word in words_of(data)]


BORDER = (1, 0, 0)


def symbols_of(data: bytes) -> list[tuple[int, int, int]]:
    """Clusters and borders: low, high, accent."""
    words = words_of(data)
    symbols = []
    for word in words:
        symbols.append(BORDER)
        symbols.extend((c.code % 256, min(c.code // 256, 767), c.accent) for c in word)
    return [*symbols, BORDER] if words else []


def ngram_value(ngram: list[tuple[int, int, int]]) -> int:
    """Of two to five symbols."""
    constants = NGRAM_CONSTANTS[len(ngram)]
    total = constants[-1]
    for i, (low, high, accent) in enumerate(ngram):
        total += (
            constants[3 * i] * low + constants[3 * i + 1] * high + constants[3 * i + 2] * accent
        )
    assert total < 2**24
    return total % 2**18


def ngrams_of(data: bytes, *, across: bool, most: int = 2**31) -> list[list[int]]:
    """Of each symbol the values of the n-grams of order 2 to 5 that start there, -1 where none does."""
    symbols = symbols_of(data)[:most]
    rows = []
    for start in range(len(symbols)):
        row = []
        for n in (2, 3, 4, 5):
            ngram = symbols[start : start + n]
            exists = len(ngram) == n and (across or BORDER not in ngram[1:-1])
            row.append(ngram_value(ngram) if exists else -1)
        rows.append(row)
    return rows
