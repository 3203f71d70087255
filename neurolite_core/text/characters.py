"""Character data of hash specification version 1: case folding and character classes.

This module *is* the table of ``docs/hash-spec.md`` (sections 3 and 4): the ranges below are data,
and ``page_tables`` packs them into the two-level lookup that numpy, torch and every exported
graph share. Change nothing here without a new hash version.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Final

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


@dataclass(frozen=True, slots=True)
class FoldRange:
    """Adds ``delta`` to every ``step``-th code point from ``first`` to ``last``, both included."""

    first: int
    last: int
    delta: int
    step: int = 1


FOLDS: Final[tuple[FoldRange, ...]] = (
    FoldRange(0x0041, 0x005A, 32),  # ASCII
    FoldRange(0x00C0, 0x00D6, 32),  # Latin-1
    FoldRange(0x00D8, 0x00DE, 32),
    FoldRange(0x0100, 0x012E, 1, 2),  # Latin Extended-A: pairs, capital first
    FoldRange(0x0130, 0x0130, 0x69 - 0x130),  # Turkish dotted capital I
    FoldRange(0x0132, 0x0136, 1, 2),
    FoldRange(0x0139, 0x0147, 1, 2),
    FoldRange(0x014A, 0x0176, 1, 2),
    FoldRange(0x0178, 0x0178, 0xFF - 0x178),
    FoldRange(0x0179, 0x017D, 1, 2),
    FoldRange(0x0386, 0x0386, 38),  # Greek
    FoldRange(0x0388, 0x038A, 37),
    FoldRange(0x038C, 0x038C, 64),
    FoldRange(0x038E, 0x038F, 63),
    FoldRange(0x0391, 0x03A1, 32),
    FoldRange(0x03A3, 0x03AB, 32),
    FoldRange(0x03C2, 0x03C2, 1),  # final sigma
    FoldRange(0x0400, 0x040F, 80),  # Cyrillic
    FoldRange(0x0410, 0x042F, 32),
    FoldRange(0x0460, 0x0480, 1, 2),
    FoldRange(0x048A, 0x04BE, 1, 2),
    FoldRange(0x04C1, 0x04CD, 1, 2),
    FoldRange(0x04D0, 0x052E, 1, 2),
    FoldRange(0x0531, 0x0556, 48),  # Armenian
    FoldRange(0x1E00, 0x1E94, 1, 2),  # Latin Extended Additional
    FoldRange(0x1EA0, 0x1EFE, 1, 2),  # Vietnamese
    FoldRange(0x2013, 0x2013, 0x2D - 0x2013),  # en dash, em dash: hyphen
    FoldRange(0x2014, 0x2014, 0x2D - 0x2014),
    FoldRange(0x2018, 0x2018, 0x27 - 0x2018),  # curly quotes of phone keyboards: straight
    FoldRange(0x2019, 0x2019, 0x27 - 0x2019),
    FoldRange(0x201C, 0x201C, 0x22 - 0x201C),
    FoldRange(0x201D, 0x201D, 0x22 - 0x201D),
    FoldRange(0xFF01, 0xFF20, -0xFEE0),  # full-width forms: ASCII
    FoldRange(0xFF21, 0xFF3A, -0xFEE0 + 32),
    FoldRange(0xFF3B, 0xFF5E, -0xFEE0),
)

_S, _P, _I, _M = CharClass.SEPARATOR, CharClass.PUNCTUATION, CharClass.ISOLATED, CharClass.MARK

# Classes are looked up by the *folded* code point; later rows win; everything else is a LETTER.
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
    (0x00AD, 0x00AD, _S),  # soft hyphen
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
    (0x2000, 0x200B, _S),  # spaces; U+200C and U+200D (joiners) stay letters
    (0x200E, 0x200F, _S),
    (0x2010, 0x2027, _P),
    (0x2028, 0x202F, _S),
    (0x2030, 0x205E, _P),
    (0x205F, 0x206F, _S),
    (0x20A0, 0x20CF, _P),  # currency
    (0x20E3, 0x20E3, _M),  # keycap
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
    (0x3099, 0x309C, _M),  # voiced marks
    (0x30FB, 0x30FB, _P),
    (0x30FC, 0x30FC, _M),  # long vowel
    (0x31A0, 0x31FF, _I),
    (0x3200, 0x33FF, _I),
    (0x3400, 0x4DBF, _I),  # Han extension A
    (0x4E00, 0x9FFF, _I),  # Han
    (0xF900, 0xFAFF, _I),
    (0xFE00, 0xFE0F, _M),  # variation selectors
    (0xFE10, 0xFE1F, _P),
    (0xFE30, 0xFE6F, _P),
    (0xFEFF, 0xFEFF, _S),  # byte order mark
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

PAGE_SIZE: Final = 256
LAST_PAGE: Final = 0x20000 // PAGE_SIZE  # every later page is like this one: isolated, not folded
CLASS_BASE: Final = 8  # a cell holds delta * CLASS_BASE + class


def fold(code: int) -> int:
    """Folded code point of one character."""
    for row in FOLDS:
        if row.first <= code <= row.last and (code - row.first) % row.step == 0:
            return code + row.delta
    return code


def class_of(folded: int) -> CharClass:
    """Class of one folded code point."""
    found = CharClass.LETTER
    for first, last, char_class in CLASSES:
        if first <= folded <= last:
            found = char_class
    return found


@lru_cache(maxsize=1)
def page_tables() -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Two-level table of folding and classes.

    Returns:
        ``pages`` int32 [LAST_PAGE + 1], the page number of each block of 256 code points, and
        ``cells`` int32 [pages * 256], ``(folded - code) * CLASS_BASE + class``. For code point c:
        ``cell = cells[pages[min(c // 256, LAST_PAGE)] * 256 + c % 256]``.
    """
    codes = np.arange((LAST_PAGE + 1) * PAGE_SIZE, dtype=np.int64)
    folded = codes.copy()
    for row in FOLDS:
        folded[row.first : row.last + 1 : row.step] += row.delta
    classes = np.full(codes.shape, CharClass.LETTER, dtype=np.int64)
    for first, last, char_class in CLASSES:
        classes[(folded >= first) & (folded <= last)] = char_class
    packed = ((folded - codes) * CLASS_BASE + classes).reshape(-1, PAGE_SIZE)
    unique, pages = np.unique(packed, axis=0, return_inverse=True)
    return pages.reshape(-1).astype(np.int32), unique.reshape(-1).astype(np.int32)
