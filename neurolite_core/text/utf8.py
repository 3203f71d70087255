"""Which byte may stand next in UTF-8 (The Unicode Standard 15.0, table 3-7)."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

_TAIL: Final = (0x80, 0xBF)
# Behind these the second byte has less room: shorter forms, surrogates, and what is above U+10FFFF.
_SECOND: Final = {0xE0: (0xA0, 0xBF), 0xED: (0x80, 0x9F), 0xF0: (0x90, 0xBF), 0xF4: (0x80, 0x8F)}
_FIRST: Final = np.arange(256)
_BEGINS: Final = (_FIRST < 0x80) | ((_FIRST >= 0xC2) & (_FIRST <= 0xF4))


def is_whole(text: bytes) -> bool:
    """Whether a text of UTF-8 does not end within a character."""
    return not _open(text)


def may_follow(text: bytes) -> NDArray[np.bool_]:
    """Of each byte whether a text of UTF-8, which may end within a character, can go on with it; bool [256]."""
    begun = _open(text)
    if not begun:
        return _BEGINS.copy()
    low, high = _SECOND.get(begun[0], _TAIL) if len(begun) == 1 else _TAIL
    return (low <= _FIRST) & (high >= _FIRST)


def _open(text: bytes) -> bytes:
    """The bytes of a character at the end that wants more."""
    for size in range(1, min(3, len(text)) + 1):
        first = text[-size]
        if first >= 0xC0:
            wanted = 2 if first < 0xE0 else 3 if first < 0xF0 else 4
            return text[-size:] if size < wanted else b""
        if first < 0x80:
            break
    return b""
