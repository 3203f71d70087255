"""The hash specification in plain Python integers, one character at a time.

Written from ``docs/hash-spec.md`` alone and sharing no code with ``neurolite_core``, so that the
two can be held against each other. Slow and obvious on purpose.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SEPARATOR, LETTER, PUNCTUATION, ISOLATED, MARK, APOSTROPHE = range(6)
PRIME = 262_139
WORD_BYTES = 64

_TABLES: dict[str, Any] = json.loads(
    (Path(__file__).resolve().parents[2] / "docs" / "hash-spec-tables.json").read_text("utf-8")
)


def _fold_map() -> dict[int, int]:
    folds: dict[int, int] = {}
    for row in _TABLES["folds"]:
        for code in range(int(row["first"], 16), int(row["last"], 16) + 1, row["step"]):
            folds[code] = code + row["delta"]
    return folds


FOLDS = _fold_map()
CLASSES = [(int(r["first"], 16), int(r["last"], 16), r["class"]) for r in _TABLES["classes"]]
CLASS_NAMES = ["separator", "letter", "punctuation", "isolated", "mark", "apostrophe"]
_CLASS_CACHE: dict[int, int] = {}


def class_of(code: int) -> int:
    if code not in _CLASS_CACHE:
        found = LETTER
        for first, last, name in CLASSES:
            if first <= code <= last:
                found = CLASS_NAMES.index(name)
        _CLASS_CACHE[code] = found
    return _CLASS_CACHE[code]


@dataclass
class Character:
    code: int
    kind: int
    position: int


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
        code = FOLDS.get(code, code)
        characters.append(Character(code, class_of(code), i))
        i += size
    return characters


def words_of(data: bytes) -> list[list[Character]]:
    characters = decode(data)
    kinds = [c.kind for c in characters]
    for i, c in enumerate(characters):
        if kinds[i] == APOSTROPHE:
            before = kinds[i - 1] if i > 0 else SEPARATOR
            after = kinds[i + 1] if i + 1 < len(kinds) else SEPARATOR
            c.kind = LETTER if before == LETTER and after == LETTER else PUNCTUATION
    words: list[list[Character]] = []
    previous = SEPARATOR
    for c in characters:
        if c.kind != SEPARATOR:
            if c.kind == ISOLATED or previous == SEPARATOR:
                words.append([c])
            elif c.kind == MARK or c.kind == previous:
                words[-1].append(c)
            else:
                words.append([c])
        previous = c.kind
    return words


def _constants() -> list[list[int]]:
    state = 1
    rows = []
    for _ in range(64):
        row = []
        for low, high in [(1024, 16384), (256, 4096)] * 3 + [(0, PRIME)]:
            state = (state * 1103515245 + 12345) % 2147483648
            row.append(low + (state // 256) % (high - low))
        rows.append(row)
    return rows


CONSTANTS = _constants()


def minima_of(word: list[Character], num_hashes: int) -> list[int]:
    inside = [c for c in word if c.position - word[0].position < WORD_BYTES]
    inputs = []
    for i in range(len(inside)):
        row = []
        for j in (i - 1, i, i + 1):
            code = word[j].code if 0 <= j < len(word) else 0
            row += [code % 256, code // 256 % 251]
        inputs.append(row)
    minima = []
    for a, b, c, d, e, f, g in CONSTANTS[:num_hashes]:
        best = PRIME
        for u, v, w, x, y, z in inputs:
            total = a * u + b * v + c * w + d * x + e * y + f * z + g
            assert total < 2**24
            best = min(best, total % PRIME)
        minima.append(best)
    return minima


def indices_of(data: bytes, num_hashes: int, table_size: int) -> list[list[int]]:
    return [[m % table_size for m in minima_of(w, num_hashes)] for w in words_of(data)]
