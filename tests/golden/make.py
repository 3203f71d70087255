"""Writes ``hash_v2.json``: bytes in hex -> words -> places, minima, indices and n-grams, by the plain reference.

Run ``python tests/golden/make.py`` after a change of the specification, and never otherwise.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from golden import plain

NUM_HASHES = 16
TABLE_SIZE = 8192
PATH = Path(__file__).with_name("hash_v2.json")

TEXTS: list[tuple[str, bytes]] = [
    ("empty", b""),
    ("one letter", b"a"),
    ("case and spaces", b"  Hello   WORLD\n"),
    ("NUL separates", b"a\0b"),
    ("contraction", b"don't 'quote' rock'n'roll it''s"),
    ("curly apostrophe", "don\u2019t".encode()),
    ("punctuation runs", b"wait... what?!  :-) (e-mail)"),
    ("digits", b"3pm covid19 2026-11-22 1,000.50"),
    ("underscore", b"user_name"),
    ("Latin-1", "\u00c9T\u00c9 stra\u00dfe \u00d7 \u00f8".encode()),
    ("Latin Extended-A", "\u0141\u00d3D\u0179 \u0130stanbul \u0178 \u017d".encode()),
    ("Vietnamese", "Ti\u1ebfng VI\u1ec6T".encode()),
    ("Greek with final sigma", "\u039f\u0394\u039f\u03a3 \u03bf\u03b4\u03cc\u03c2".encode()),
    (
        "Cyrillic",
        "\u041f\u0420\u0418\u0412\u0415\u0422 \u0401\u0436 \u0407\u0436\u0430\u043a".encode(),
    ),
    ("Armenian", "\u0531\u0532 \u0565\u0582".encode()),
    (
        "Arabic punctuation",
        "\u0645\u0631\u062d\u0628\u0627\u060c \u0643\u064a\u0641\u061f".encode(),
    ),
    ("Devanagari", "\u0928\u092e\u0938\u094d\u0924\u0947\u0964".encode()),
    ("Thai", "\u0e17\u0e35\u0e48\u0e19\u0e35\u0e48\u0e44\u0e17\u0e22".encode()),
    (
        "Lao, Khmer, Myanmar",
        "\u0ea5\u0eb2\u0ea7 \u1781\u17d2\u1798\u17c2\u179a \u1019\u103c\u1014\u103a\u1019\u102c".encode(),
    ),
    ("Tibetan", "\u0f56\u0f7c\u0f51\u0f0b\u0f61\u0f72\u0f42".encode()),
    ("Ethiopic", "\u1230\u120b\u121d\u1361\u12d3\u1208\u121d".encode()),
    ("Chinese", "\u4f60\u597d\uff0c\u4e16\u754c\u3002ok".encode()),
    ("Japanese", "\u30b3\u30fc\u30d2\u30fc\u3092\u304f\u3060\u3055\u3044 \u306f\u3099".encode()),
    ("Korean", "\uc548\ub155\ud558\uc138\uc694 \uc138\uacc4".encode()),
    ("full width", "\uff21\uff22\uff23\uff11\uff12\uff01".encode()),
    (
        "emoji, skin tone, joiner",
        "\U0001f44d\U0001f3fd\U0001f600\u2764\ufe0f\U0001f468\u200d\U0001f469".encode(),
    ),
    ("Han extension B", "\U00020000\U0002a6d6".encode()),
    ("joiners inside words", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645".encode()),
    ("mixed scripts in a run", "iPhone\u624b\u673a\u0438Android".encode()),
    ("mark first", "\u0e31a \ufe0f".encode()),
    ("mark after punctuation", "!\u0e31!".encode()),
    ("stray bytes", b"caf\xe9 \x80\xff"),
    ("incomplete sequence", b"a\xe4\xb8 b\xf0\x9f\x98"),
    ("lead before ASCII", b"\xc3A\xe4A\xf0A"),
    ("continuation too many", b"\xc3\xa9\xa9\xa9"),
    ("overlong", b"\xc0\xaf\xc1\x81 \xe0\x80\xaf \xf0\x80\x80\xaf"),
    ("lone surrogates", b"\xed\xa0\x80\xed\xbf\xbf"),
    ("largest number", b"\xf7\xbf\xbf\xbf\xf4\x90\x80\x80\xf8"),
    ("separators of many kinds", "a\u00a0b\u2003c\u200bd\ufeffe\u3000f\u00adg".encode()),
    ("word of 64 bytes", b"abcdefgh" * 8),
    ("word of 65 bytes", b"abcdefgh" * 8 + b"z"),
    ("word of 200 bytes", b"0123456789" * 20),
    ("long word, three-byte letters", "\u0915\u0916\u0917\u0918".encode() * 12),
    ("border falls inside a character", b"a" + "\u0915\u0916\u0917".encode() * 8),
    (
        "composed and decomposed",
        "\u00e9t\u00e9 e\u0301te\u0301 \u1ebf e\u0302\u0301 e\u0301\u0302".encode(),
    ),
    ("soft hyphen and joiners", "al\u00adarm se\u2060v\u200ben \ufeffword".encode()),
    ("kana voicing", "\u304c\u304b\u3099\u3071\u306f\u309a".encode()),
    ("accents alone", "\u0301 \u0301a \u0301".encode()),
    ("apostrophe among followers", "don\u200b't don'\u200bt e\u0301'e '\u200b' a'\u0301 ".encode()),
    ("tags and private planes", "a\U000e0067\U000e0100b \U000f0000\U0010ffff".encode()),
    ("many accents", ("z" + "\u0489" * 7 + "y").encode()),
    ("too many accents", ("z" + "\u0489" * 8 + "yx").encode()),
    ("change behind byte 64", b"abcdefgh" * 8 + b"z1234"),
    ("another change behind byte 64", b"abcdefgh" * 8 + b"z1243"),
    ("repeated part", b"banana bananana"),
    (
        "case of many scripts",
        "\u01a0\u01af \u0218\u021a \u018f \u1e9e \u1c90 \u10400 \u1fb3 \u0130".encode(),
    ),
    ("many words", b" ".join(b"w%d" % number for number in range(300))),
]


def vectors() -> dict[str, object]:
    """All vectors, from the plain-integer implementation."""
    cases = []
    for name, data in TEXTS:
        words = plain.words_of(data)
        offsets = plain.offsets_of(data)
        sums = [plain.sums_of(word, NUM_HASHES) for word in words]
        cases.append(
            {
                "name": name,
                "bytes": data.hex(),
                "words": [data[start:end].hex() for start, end in offsets],
                "offsets": offsets,
                "sums": sums,
                "indices": [[value % TABLE_SIZE for value in row] for row in sums],
                "ngrams": plain.ngrams_of(data, across=False),
                "ngrams_across_words": plain.ngrams_of(data, across=True),
            }
        )
    return {
        "hash_version": 2,
        "num_hashes": NUM_HASHES,
        "table_size": TABLE_SIZE,
        "constants": plain.CONSTANTS,
        "ngram_constants": list(plain.NGRAM_CONSTANTS.values()),
        "cases": cases,
    }


def dump(found: dict[str, object]) -> str:
    """JSON with one line a row of numbers, so that differences can be read."""
    head = {key: found[key] for key in ("hash_version", "num_hashes", "table_size")}
    lines = [json.dumps(head)[:-1] + ","]
    for key in ("constants", "ngram_constants", "cases"):
        rows = found[key]
        assert isinstance(rows, list)
        lines.append(f' "{key}": [')
        lines.append(",\n".join(f"  {json.dumps(row)}" for row in rows))
        lines.append(" ],")
    return "\n".join([*lines[:-1], " ]", "}", ""])


if __name__ == "__main__":
    PATH.write_text(dump(vectors()), "utf-8")
