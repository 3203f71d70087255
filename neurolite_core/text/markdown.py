"""Texts from outside in Markdown, where they are only text."""

from __future__ import annotations

import re
import textwrap
from typing import Final

COLUMNS: Final = 120
# Joiners belong to words in Persian, Indic scripts and emoji; the rest of the unprintable may go.
_KEPT: Final = "\u200c\u200d"
_ESCAPES: Final = str.maketrans(
    {character: f"\\{character}" for character in "\\`*[]{}#~$"}
    | {"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "&#124;", "@": "&#64;"}
)
_UNDERSCORES: Final = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
_ADDRESSES: Final = re.compile(r"(www(?=\.)|(?=://)|mailto(?=:)|xmpp(?=:))([.:])", re.IGNORECASE)


def one_line(text: str) -> str:
    """Text on one line: what cannot be printed, as line breaks and escape sequences, is a space."""
    return "".join(c if c.isprintable() or c in _KEPT else " " for c in text)


def escape_markdown(text: str) -> str:
    """Text that any Markdown reader shows as it is, on one line: no markup, HTML, link or table cell."""
    line = one_line(text).translate(_ESCAPES)
    # Inside a word, as in most labels, an underscore is no markup.
    line = _UNDERSCORES.sub(r"\\_", line)
    # Bare addresses would become links.
    return _ADDRESSES.sub(lambda found: found[1] + f"&#{ord(found[2])};", line)


def filled_prose(text: str) -> str:
    """A paragraph on lines of at most 120 columns, broken at spaces only."""
    return textwrap.fill(text, COLUMNS, break_long_words=False, break_on_hyphens=False)
