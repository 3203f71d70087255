"""``spans.json``: a string, and the model's tags and offsets -> its spans, in characters, UTF-16 units and bytes.

``tests/golden/spans.json`` has more of decoding alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np

from golden.apps.app_texts import units
from learning.toy import METADATA
from neurolite_core.answer.outputs import OFFSETS, TAGS
from neurolite_core.artifact.span_facts import SpanFacts
from neurolite_core.text.word_offsets import word_offsets
from neurolite_core.text.words import to_bytes, truncate
from neurolite_runtimes.session import Outputs
from neurolite_runtimes.spans import spans_of

FACTS: Final = SpanFacts(("time", "place", "name"), (0.5, 0.25, 0.0))
MAX_WORDS: Final = 12
MAX_BYTES: Final = 72
DIGITS: Final = 9
_SURE: Final = 6.0
_UNSURE: Final = 0.375

# A text, and of its first words the type that each is of (B a beginning, I what goes on, O outside), in short; "?" is
# a word whose tag is barely the best.
CASES: Final[tuple[tuple[str, str, str], ...]] = (
    ("no span", "play some music", "OOO"),
    ("one word", "wake me at seven", "OOO0"),
    ("several words", "wake me at half past seven in Paris", "OOO0zzO1"),
    ("one behind the other", "seven eight Paris Rome", "0011"),
    ("a whole text", "half past seven", "0zz"),
    ("two bytes a letter", "R\u00e9veille-moi \u00e0 7 h \u00e0 Orl\u00e9ans", "OOOO0zO1"),
    ("beyond 16 bits", "\U0001f44d\U0001f3fd at \U00020000\U0002a6d6 now", "OO12"),
    ("a family of emoji", "\U0001f468\u200d\U0001f469\u200d\U0001f467 at six", "2zO0"),
    ("Chinese", "\u4e03\u70b9\u53eb\u9192\u6211", "0zOO2"),
    ("Arabic", "\u0623\u064a\u0642\u0638\u0646\u064a \u0641\u064a \u0627\u0644\u0633\u0627\u0628\u0639\u0629", "OO0"),
    ("Hindi", "\u092e\u0941\u091d\u0947 \u0938\u093e\u0924 \u092c\u091c\u0947 \u091c\u0917\u093e\u0913", "2" + "0zO"),
    ("Thai", "\u0e1b\u0e25\u0e38\u0e01\u0e09\u0e31\u0e19", "OOOO2zz"),
    ("an accent apart", "cafe\u0301 in Mu\u0308nchen", "1O1"),
    ("half a pair", "a\ud83d at six \ude00", "2O0O"),
    ("a mark of byte order", "\ufeffat six", "O0"),
    ("below its threshold", "wake me at seven", "OOO?"),
    ("above a lower threshold", "fly to Paris now", "OO!O"),
    ("I without a beginning is none", "at seven sharp", "OXO"),
    ("more words than are read", "one two three four five six seven eight nine ten eleven twelve six", "O" * 11 + "0"),
    ("cut at a word border", "remember internationalisation, individualisation and organisation of everything", "O0O1"),
    ("no words", "  ", ""),
)  # fmt: skip
TAGS_OF: Final = {"O": 0, "0": 1, "1": 3, "2": 5}


def tags_of(letters: str) -> list[list[float]]:
    """Logits of each word's tags, float32 as they stand."""
    rows: list[list[float]] = []
    last = 0
    for letter in letters:
        row = [0.0, -1.0, -2.0, -1.5, -2.5, -1.25, -3.0]
        if letter == "?":
            row[1] = _UNSURE
        elif letter == "!":
            row[3] = _UNSURE
        elif letter == "X":
            row[2] = _SURE
        else:
            last = last + (last % 2) if letter == "z" else TAGS_OF[letter]
            row[last] = _SURE
        rows.append(row)
    return rows


def case(name: str, text: str, letters: str) -> dict[str, Any]:
    """One text."""
    metadata = replace(
        METADATA, task="spans", outputs=(TAGS, OFFSETS), spans=FACTS, max_words=MAX_WORDS
    )
    data, _ = truncate(to_bytes(text), MAX_BYTES)
    length = max(1, min(MAX_WORDS, int((word_offsets([data], 64, 64)[0, :, 1] > 0).sum())))
    words = int((word_offsets([data], 64, 64)[0, :, 1] > 0).sum())
    offsets = word_offsets([data], MAX_WORDS, length)
    tags = np.zeros((1, length, FACTS.num_tags), np.float32)
    made = tags_of(letters.ljust(length, "O")[:length])
    tags[0, : len(made)] = np.array(made, np.float32) if words else 0
    outputs = Outputs(
        {TAGS: tags, OFFSETS: offsets}, np.array([words], np.int32), np.array([False])
    )
    (found,) = spans_of(outputs, [text], metadata)
    read = min(words, length)
    return {
        "name": name,
        "utf16": units(text),
        "words": words,
        "tags": tags[0, :read].tolist(),
        "offsets": offsets[0, :read].tolist(),
        "spans": [
            {
                "type": span.type,
                "start": span.start,
                "end": span.end,
                "start_byte": span.start_byte,
                "end_byte": span.end_byte,
                "start_utf16": len(units(text[: span.start])) // 4,
                "end_utf16": len(units(text[: span.end])) // 4,
                "text_utf16": units(span.text),
                "score": round(span.score, DIGITS),
            }
            for span in found
        ],
    }


def made() -> dict[str, Any]:
    """All of it."""
    return {
        "tolerance": 1e-6,
        "types": FACTS.types,
        "thresholds": FACTS.thresholds,
        "max_words": MAX_WORDS,
        "max_bytes": MAX_BYTES,
        "cases": [case(*row) for row in CASES],
    }
