"""Writes ``spans.json``: tags -> spans with their scores, and a text's words -> its characters.

Run ``python tests/golden/make_spans.py`` after a change of how spans are decoded, and never otherwise. Spans come from
all sequences of tags, scores from the plain formula.
"""

from __future__ import annotations

import itertools
import json
import math
import random
from pathlib import Path
from typing import Any

from neurolite_core.answer.spans import spans_of
from neurolite_core.text.word_offsets import word_offsets

PATH = Path(__file__).with_name("spans.json")
TYPES = ["time", "place"]
Rows = list[list[float]]

MADE: list[tuple[str, Rows]] = [
    ("no words", []),
    ("outside", [[3, 0, 0, 0, 0], [3, 0, 0, 0, 0]]),
    ("one word", [[0, 4, 0, 1, 0]]),
    ("a whole text", [[0, 0, 0, 5, 0], [0, 0, 0, 0, 5], [0, 0, 0, 0, 5]]),
    ("no span begins with I", [[1, 0.5, 9, 0, 0], [1, 0, 9, 0, 0]]),
    ("I of another type", [[0, 5, 0, 0, 0], [0, 0, 1, 0, 2.5], [0, 0, 1, 0, 2.5]]),
    ("a later word decides", [[0.5, 0.25, 0, 0, 0], [0, 0.25, 0.5, 0, 0], [0, 0, 8, 0, 0]]),
    ("all are equal", [[0] * 5, [0] * 5, [0] * 5]),
    ("one behind another", [[0, 6, 0, 0, 0], [0, 6, 0, 0, 0], [0, 0, 6, 0, 0], [0, 0, 0, 6, 0]]),
    ("far from zero", [[-1e30, -1e30, -1e31, 0, -1e30], [1e30, 0, 0, 0, 1e31]]),
    ("below a threshold", [[0.5, 1, 0, 0, 0], [5, 0, 0, 0, 0], [0, 0, 0, 1, 0]]),
]
TEXTS: list[tuple[str, bytes]] = [
    ("Latin letters", b"Wake me at seven"),
    ("letters of two and three bytes", "R\u00e9veille-moi \u00e0 7 h, \u6771\u4eac\u3067".encode()),
    ("beyond 16 bits", "\U0001f44d\U0001f3fd at \U00020000\U0002a6d6 now".encode()),
    ("accents apart, invisible characters", "cafe\u0301 al\u00adarm s\u200bix".encode()),
    ("a mark of byte order", "\ufeffat six".encode()),
    ("no UTF-8", b"caf\xe9 \xff\xfe at\x80 six"),
    ("incomplete", b"a\xe4\xb8 b\xf0\x9f\x98 c"),
]


def allowed(tags: tuple[int, ...]) -> bool:
    return all(
        tag == 0 or tag % 2 == 1 or before in (tag - 1, tag)
        for before, tag in zip((0, *tags), tags, strict=False)
    )


def best_tags(rows: Rows) -> tuple[int, ...]:
    """Greatest sum; of equal ones the lowest tag from the last word to the first."""
    sequences = itertools.product(range(1 + 2 * len(TYPES)), repeat=len(rows))
    ranked = (
        (-sum(row[tag] for row, tag in zip(rows, tags, strict=True)), tags[::-1])
        for tags in sequences
        if allowed(tags)
    )
    return min(ranked)[1][::-1]


def score(rows: Rows, tags: tuple[int, ...], first: int, behind: int) -> float:
    chances = []
    for row, tag in zip(rows[first:behind], tags[first:behind], strict=True):
        powers = [math.exp(value - max(row)) for value in row]
        chances.append(powers[tag] / sum(powers))
    return min(chances)


def decoded(name: str, rows: Rows, thresholds: list[float] | None) -> dict[str, Any]:
    tags = best_tags(rows)
    spans = [
        {
            "first": span.first,
            "behind": span.behind,
            "type": span.type,
            "score": score(rows, tags, span.first, span.behind),
        }
        for span in spans_of(tags)
    ]
    kept = [
        each
        for each in spans
        if thresholds is None or each["score"] >= thresholds[int(each["type"])]
    ]
    return {"name": name, "words": len(rows), "tags": rows, "thresholds": thresholds, "spans": kept}


def placed(name: str, data: bytes) -> dict[str, Any]:
    """Of each word its bytes, and the characters that have one of them: as Python counts them, and in UTF-16."""
    text = data.decode("utf-8", "replace")
    starts, place = [], 0
    for character in text:
        starts.append(place)
        ends = range(place + 1, min(place + 4, len(data)) + 1)
        place = max(end for end in ends if data[place:end].decode("utf-8", "replace") == character)
    rows = [row for row in word_offsets([data], 64, 64)[0].tolist() if row[1]]
    characters = [
        [
            max(i for i, start in enumerate(starts) if start <= first),
            sum(start < behind for start in starts),
        ]
        for first, behind in rows
    ]
    units = [[len(text[:at].encode("utf-16-le")) // 2 for at in pair] for pair in characters]
    return {
        "name": name,
        "bytes": data.hex(),
        "offsets": rows,
        "characters": characters,
        "utf16": units,
    }


def vectors() -> dict[str, Any]:
    chance = random.Random(16)
    drawn = [
        (
            f"drawn {number}",
            [[chance.randrange(-24, 25) / 8 for _ in range(5)] for _ in range(1 + number % 7)],
        )
        for number in range(28)
    ]
    limits = [0.5, 0.25]
    return {
        "types": TYPES,
        "decoding": [
            decoded(name, rows, limits if name == "below a threshold" or place % 3 == 2 else None)
            for place, (name, rows) in enumerate((*MADE, *drawn))
        ],
        "texts": [placed(name, data) for name, data in TEXTS],
    }


if __name__ == "__main__":
    PATH.write_text(
        json.dumps(vectors(), ensure_ascii=True).replace('}, {"name"', '},\n{"name"') + "\n",
        "utf-8",
    )
