"""Character data of hash specification version 2: case, accents, ignorable characters and classes.

The tables of ``docs/hash-spec.md`` (sections 3 and 4): ``letters.json`` is written from the Unicode Character Database
by ``tests/golden/letters.py``, the classes are the ranges below, and ``page_tables`` packs both into the two-level
lookup that numpy, torch and every exported graph share. Change nothing here without a new hash version.
"""

from __future__ import annotations

import json
from enum import IntEnum
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray


class CharClass(IntEnum):
    """How a character takes part in words (section 4 of the specification)."""

    SEPARATOR = 0  # belongs to no word
    LETTER = 1  # maximal runs form one word; the default
    PUNCTUATION = 2  # maximal runs form one word
    ISOLATED = 3  # always starts a word of its own
    MARK = 4  # joins whatever word precedes it
    APOSTROPHE = 5  # LETTER between two letters, otherwise PUNCTUATION
    ACCENT = 6  # a follower: adds its number to the character before it
    IGNORABLE = 7  # a follower: nothing


_S, _P, _I, _M = CharClass.SEPARATOR, CharClass.PUNCTUATION, CharClass.ISOLATED, CharClass.MARK

# Looked up by the *folded* code point; later rows win; everything else is a LETTER. Accents and ignorable
# characters, which are in letters.json, have no row.
CLASSES: Final[tuple[tuple[int, int, CharClass], ...]] = (
    (0x0000, 0x0020, _S),  # NUL (padding), controls, space
    (0x0021, 0x002F, _P),
    (0x003A, 0x0040, _P),
    (0x005B, 0x0060, _P),
    (0x007B, 0x007E, _P),
    (0x0027, 0x0027, CharClass.APOSTROPHE),
    (0x007F, 0x00A0, _S),  # DEL, C1 controls, no-break space
    (0x00A1, 0x00A9, _P),
    (0x00AB, 0x00AC, _P),
    (0x00AE, 0x00B1, _P),
    (0x00B4, 0x00B4, _P),
    (0x00B6, 0x00B8, _P),
    (0x00BB, 0x00BB, _P),
    (0x00BF, 0x00BF, _P),
    (0x00D7, 0x00D7, _P),
    (0x00F7, 0x00F7, _P),
    (0x055A, 0x055F, _P),  # Armenian
    (0x0589, 0x058A, _P),
    (0x05BE, 0x05BE, _P),  # Hebrew
    (0x05C0, 0x05C0, _P),
    (0x05C3, 0x05C3, _P),
    (0x05F3, 0x05F4, _P),
    (0x060C, 0x060D, _P),  # Arabic
    (0x061B, 0x061F, _P),
    (0x066A, 0x066D, _P),
    (0x06D4, 0x06D4, _P),
    (0x0964, 0x0965, _P),  # danda
    (0x0E00, 0x0E7F, _I),  # Thai
    (0x0E31, 0x0E31, _M),
    (0x0E34, 0x0E3A, _M),
    (0x0E47, 0x0E4E, _M),
    (0x0E2F, 0x0E2F, _P),
    (0x0E4F, 0x0E4F, _P),
    (0x0E5A, 0x0E5B, _P),
    (0x0E80, 0x0EFF, _I),  # Lao
    (0x0EB1, 0x0EB1, _M),
    (0x0EB4, 0x0EBC, _M),
    (0x0EC8, 0x0ECE, _M),
    (0x0F0B, 0x0F14, _S),  # Tibetan syllable and clause marks
    (0x1000, 0x109F, _I),  # Myanmar
    (0x102B, 0x103E, _M),
    (0x104A, 0x104F, _P),
    (0x1056, 0x1059, _M),
    (0x105E, 0x1060, _M),
    (0x1062, 0x1064, _M),
    (0x1071, 0x1074, _M),
    (0x1082, 0x108D, _M),
    (0x10FB, 0x10FB, _P),
    (0x1361, 0x1361, _S),  # Ethiopic word space
    (0x1362, 0x1368, _P),
    (0x1680, 0x1680, _S),
    (0x1780, 0x17FF, _I),  # Khmer
    (0x17B4, 0x17D3, _M),
    (0x17D4, 0x17DA, _P),
    (0x17DD, 0x17DD, _M),
    (0x2000, 0x200A, _S),  # spaces
    (0x2010, 0x2027, _P),
    (0x2028, 0x2029, _S),
    (0x202F, 0x202F, _S),
    (0x2030, 0x205E, _P),
    (0x205F, 0x205F, _S),
    (0x20A0, 0x20CF, _P),  # currency
    (0x2190, 0x25FF, _P),  # arrows, operators, technical, boxes, shapes
    (0x2600, 0x27BF, _I),  # symbols and dingbats: emoji
    (0x27C0, 0x2BFF, _P),
    (0x2E00, 0x2E7F, _P),
    (0x2E80, 0x2FDF, _I),  # Han radicals
    (0x3000, 0x3000, _S),
    (0x3001, 0x3004, _P),
    (0x3005, 0x3007, _I),
    (0x3008, 0x3020, _P),
    (0x3021, 0x302F, _I),
    (0x3030, 0x3030, _P),
    (0x3031, 0x312F, _I),  # kana, bopomofo
    (0x303D, 0x303F, _P),
    (0x309B, 0x309C, _M),  # voiced marks of their own
    (0x30FB, 0x30FB, _P),
    (0x30FC, 0x30FC, _M),  # long vowel
    (0x31A0, 0x31FF, _I),
    (0x3200, 0x33FF, _I),
    (0x3400, 0x4DBF, _I),  # Han extension A
    (0x4E00, 0x9FFF, _I),  # Han
    (0xF900, 0xFAFF, _I),
    (0xFE10, 0xFE1F, _P),
    (0xFE30, 0xFE6F, _P),
    (0xFF5F, 0xFF65, _P),
    (0xFF66, 0xFF9D, _I),  # half-width kana
    (0xFF70, 0xFF70, _M),
    (0xFF9E, 0xFF9F, _M),
    (0xFFE0, 0xFFE6, _P),
    (0xFFF9, 0xFFFF, _S),  # replacement character, non-characters
    (0x1F000, 0x1FAFF, _I),  # emoji
    (0x1F3FB, 0x1F3FF, _M),  # skin tones
    (0x20000, 0x1FFFFF, _I),  # Han extensions and everything above
)

PAGE_SIZE: Final = 32
CLASS_BASE: Final = 8  # a cell holds delta * CLASS_BASE + class, and an accent
# It stands for all pages that are as large, but for those of the tags, which are the page after it.
LAST_PAGE: Final = 0x20000 // PAGE_SIZE
FIRST_TAG_PAGE: Final = 0xE0000 // PAGE_SIZE  # tags and more variation selectors: ignorable
LAST_TAG_PAGE: Final = 0xE0FFF // PAGE_SIZE


def page_of(code: NDArray[np.int32]) -> NDArray[np.int32]:
    """Which entry of ``pages`` each code point has."""
    page = code // PAGE_SIZE
    tags = (page >= FIRST_TAG_PAGE) & (page <= LAST_TAG_PAGE)
    return np.minimum(page, np.where(tags, LAST_PAGE + 1, LAST_PAGE)).astype(np.int32)


@lru_cache(maxsize=1)
def letter_tables() -> dict[str, Any]:
    """The content of ``letters.json``.

    Its ``letters`` are [first, last, step, delta, accent], its ``accents`` [code, number], its ``ignorable``
    [first, last].
    """
    found: dict[str, Any] = json.loads(
        files(__package__).joinpath("letters.json").read_text("utf-8")
    )
    return found


@lru_cache(maxsize=1)
def page_tables() -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Two-level table of folding, accents and classes.

    Returns:
        ``pages`` int32 [LAST_PAGE + 2], the page number of each block of 32 code points (see ``page_of``), and
        ``cells`` int32 [pages * 32, 2]: ``(folded - code) * CLASS_BASE + class``, and the accents' number. For code
        point c: ``cell = cells[pages[page_of(c)] * 32 + c % 32]``.
    """
    size = (LAST_PAGE + 2) * PAGE_SIZE
    codes = np.arange(size, dtype=np.int64)
    # The two last pages stand for others.
    codes[LAST_PAGE * PAGE_SIZE :] = 0x100000
    delta, accents = np.zeros(size, np.int64), np.zeros(size, np.int64)
    tables = letter_tables()
    for first, last, step, moved, number in tables["letters"]:
        delta[first : last + 1 : step] = moved
        accents[first : last + 1 : step] = number
    folded = codes + delta
    classes = np.full(size, CharClass.LETTER, dtype=np.int64)
    for first, last, char_class in CLASSES:
        classes[(folded >= first) & (folded <= last)] = char_class
    for first, last in tables["ignorable"]:
        classes[first : last + 1] = CharClass.IGNORABLE
    classes[(LAST_PAGE + 1) * PAGE_SIZE :] = CharClass.IGNORABLE
    for code, number in tables["accents"]:
        classes[code], accents[code] = CharClass.ACCENT, number
    packed = np.stack([delta * CLASS_BASE + classes, accents], axis=1)
    unique, pages = np.unique(packed.reshape(-1, 2 * PAGE_SIZE), axis=0, return_inverse=True)
    return pages.reshape(-1).astype(np.int32), unique.reshape(-1, 2).astype(np.int32)
