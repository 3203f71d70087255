"""``texts.json``: a string's UTF-16 units -> its bytes; where they are cut; the bucket, and which is run again."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from neurolite_core.artifact.buckets import buckets_of, first_bucket, next_bucket
from neurolite_core.text.characters import CLASS_BASE, PAGE_SIZE, CharClass, page_of, page_tables
from neurolite_core.text.words import to_bytes, truncate

LIMITS: Final = {"package": (4096, 256), "small": (96, 20), "short": (1000, 1000)}
_LAST_CODE: Final = 0x1FFFFF  # what four bytes can say
TEXTS: Final[tuple[tuple[str, str], ...]] = (
    ("empty", ""),
    ("blanks alone", "  \t\r\n "),
    ("NUL alone", "\0"),
    ("NUL inside", "a\0b"),
    ("English", "Wake me up at seven, please!"),
    ("French", "R\u00e9veille-moi \u00e0 7 h"),
    ("combining accent", "cafe\u0301"),
    ("Greek", "\u039e\u03cd\u03c0\u03bd\u03b1 \u03bc\u03b5 \u03c3\u03c4\u03b9\u03c2 \u03b5\u03c0\u03c4\u03ac"),
    ("Russian", "\u0420\u0430\u0437\u0431\u0443\u0434\u0438 \u043c\u0435\u043d\u044f \u0432 \u0441\u0435\u043c\u044c"),
    ("Armenian", "\u0531\u0580\u0569\u0576\u0561\u0581\u0580\u0578\u0582 \u056b\u0576\u0571"),
    ("Georgian", "\u10d2\u10d0\u10db\u10d0\u10e6\u10d5\u10d8\u10eb\u10d4"),
    ("Hebrew", "\u05d4\u05e2\u05e8 \u05d0\u05d5\u05ea\u05d9 \u05d1\u05e9\u05d1\u05e2"),
    ("Arabic", "\u0623\u064a\u0642\u0638\u0646\u064a \u0641\u064a \u0627\u0644\u0633\u0627\u0628\u0639\u0629\u061f"),
    ("Hindi", "\u092e\u0941\u091d\u0947 \u0938\u093e\u0924 \u092c\u091c\u0947 \u091c\u0917\u093e\u0913\u0964"),
    ("Bengali", "\u0986\u09ae\u09be\u0995\u09c7 \u099c\u09be\u0997\u09be\u0993"),
    ("Tamil", "\u0b8e\u0ba9\u0bcd\u0ba9\u0bc8 \u0b8e\u0bb4\u0bc1\u0baa\u0bcd\u0baa\u0bc1"),
    ("Thai", "\u0e1b\u0e25\u0e38\u0e01\u0e09\u0e31\u0e19\u0e15\u0e2d\u0e19\u0e40\u0e08\u0e47\u0e14"),
    ("Khmer", "\u178a\u17b6\u179f\u17cb\u1781\u17d2\u1789\u17bb\u17c6"),
    ("Myanmar", "\u1000\u103b\u103d\u1014\u103a\u102f\u1015\u103a\u1000\u102d\u102f"),
    ("Tibetan", "\u0f56\u0f7c\u0f51\u0f0b\u0f61\u0f72\u0f42"),
    ("Ethiopic", "\u1230\u120b\u121d\u1361\u12d3\u1208\u121d"),
    ("Chinese", "\u4e03\u70b9\u53eb\u9192\u6211\u3002"),
    ("Japanese", "\uff17\u6642\u306b\u8d77\u3053\u3057\u3066\u30b3\u30fc\u30d2\u30fc"),
    ("Korean", "7\uc2dc\uc5d0 \uae68\uc6cc \uc918"),
    ("beyond 16 bits", "\U00020000\U0002a6d6"),
    ("emoji with a skin tone and joiners", "\U0001f44d\U0001f3fd \U0001f468\u200d\U0001f469\u200d\U0001f467"),
    ("a high surrogate alone", "a\ud83d b"),
    ("a low surrogate alone", "\ude00"),
    ("surrogates the wrong way round", "\ude00\ud83d"),
    ("a surrogate before a pair", "\ud83d\U0001f600"),
    ("a mark of byte order", "\ufeffat six"),
    ("the last code", "\U0010ffff\uffff"),
    ("a line separator", "one\u2028two"),
)  # fmt: skip
_WORDS: Final = "wake me up at seven and play some music please "
_LONG: Final = "internationalisation"
CUTS: Final[tuple[tuple[str, bytes, tuple[int, ...]], ...]] = (
    ("between words", b"one two three", (1, 2, 3, 4, 7, 8, 12, 13, 14)),
    ("punctuation is a word", b"one,two...three", (3, 4, 6, 7, 8, 10, 11)),
    ("blanks behind the limit are nothing", b"one two \t\r\n\0 ", (7, 8, 9)),
    ("an apostrophe inside a word", b"don't stop don't", (3, 4, 6, 13, 15)),
    ("one word fills the limit", b"internationalisation", (1, 7, 19)),
    ("inside a character of a first word", "\u00e9\u00e9\u00e9\u00e9".encode(), (1, 3, 5)),
    ("inside a character of a later word", "a \u6771\u4eac \u00e9\u00e9".encode(), (3, 4, 5, 6, 9, 10)),
    ("Thai marks belong to their letter", "\u0e17\u0e35\u0e48\u0e19\u0e35\u0e48".encode(), (3, 6, 9, 12, 15)),
    ("emoji of several codes", "go \U0001f44d\U0001f3fd\U0001f468\u200d\U0001f469 now".encode(), (4, 7, 11, 12, 16)),
    ("an accent behind the limit", "cafe\u0301 au lait".encode(), (4, 5, 6, 7)),
    ("a soft hyphen inside a word", "al\u00adarm se\u200bven".encode(), (2, 4, 7, 8, 11)),
    ("no UTF-8", b"caf\xe9 \xff\xfe at\x80 six", (3, 4, 5, 6, 7, 10)),
    ("an incomplete sequence", b"a\xe4\xb8 b\xf0\x9f\x98 c", (1, 2, 3, 4, 5, 7)),
    ("too many accents are no character", b"z" + "\u0301".encode() * 9 + b" yx", (1, 10, 19, 20, 21)),
    ("nothing but separators", b" \t \r\n ", (1, 3)),
    ("NUL at a word's end", b"ab\0cd\0", (2, 3, 5)),
    ("surrogates", b"a \xed\xa0\x80\xed\xb0\x80 b", (2, 3, 5, 8)),
)  # fmt: skip


def units(text: str) -> str:
    """UTF-16 units, four hex digits each; halves of pairs may stand alone."""
    return text.encode("utf-16-be", "surrogatepass").hex()


def classes() -> list[list[int]]:
    """Where a run of characters of one class begins, and the class; from 0 up to the next row."""
    pages, cells = page_tables()
    codes = np.arange(_LAST_CODE + 1, dtype=np.int32)
    known = cells[pages[page_of(codes)] * PAGE_SIZE + codes % PAGE_SIZE][:, 0] % CLASS_BASE
    starts = [0, *(np.flatnonzero(np.diff(known)) + 1).tolist()]
    return [[start, int(known[start])] for start in starts]


def text_row(name: str, text: str) -> dict[str, Any]:
    return {"name": name, "utf16": units(text), "bytes": to_bytes(text).hex()}


def cut_row(name: str, data: bytes, limit: int) -> dict[str, Any]:
    kept, lost = truncate(data, limit)
    return {
        "name": name,
        "bytes": data.hex(),
        "max_bytes": limit,
        "cut": len(kept),
        "truncated": lost,
    }


def bucket_rows(model: str) -> list[dict[str, Any]]:
    """Bytes and the words that the first run tells of -> the bucket's place, and that of the last run."""
    buckets = buckets_of(*LIMITS[model])
    rows = []
    for place, bucket in enumerate(buckets):
        for size in (bucket.num_bytes - 1, bucket.num_bytes, bucket.num_bytes + 1):
            first = first_bucket(buckets, size)
            fits = buckets[first].num_words
            for words in sorted({1, fits, fits + 1, 2 * fits + 1, size}):
                then = next_bucket(buckets, first, words)
                rows.append(
                    {"model": model, "bytes": size, "words": words, "first": first, "last": then}
                )
        if place == 0:
            rows.append({"model": model, "bytes": 0, "words": 0, "first": 0, "last": 0})
    return rows  # fmt: skip


def made() -> dict[str, Any]:
    """All of it."""
    long = [
        ("words up to the package's limit", (_WORDS * 100).encode(), 4096),
        ("one word longer than the package's limit", (_LONG * 210).encode(), 4096),
        ("Chinese around the package's limit", ("\u6771\u4eac" * 690).encode(), 4096),
    ]
    return {
        "class_names": [item.name.lower() for item in CharClass],
        "classes": classes(),
        "texts": [text_row(name, text) for name, text in TEXTS],
        "cuts": [
            *(cut_row(name, data, limit) for name, data, limits in CUTS for limit in limits),
            *(cut_row(*row) for row in long),
        ],
        "buckets": {
            name: [[item.num_bytes, item.num_words] for item in buckets_of(*limits)]
            for name, limits in LIMITS.items()
        },
        "runs": [row for name in LIMITS for row in bucket_rows(name)],
    }
