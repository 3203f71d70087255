"""Bytes to characters to words, by sections 2 to 5 of ``docs/hash-spec.md``; numpy only.

The functions work on one flat buffer in which every text is followed by at least one NUL, so a
whole batch costs the same few array operations as one text. Letters in shapes: B bytes,
C characters, W words, all of the whole buffer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.text.characters import CLASS_BASE, PAGE_SIZE, CharClass, page_of, page_tables

Int32Array = NDArray[np.int32]
BoolArray = NDArray[np.bool_]

STRAY_BASE: Final = 0xDC00  # a byte b outside any complete sequence is the character STRAY_BASE + b
MAX_CLUSTER: Final = 16  # bytes of a character with all that follows it
MAX_ACCENT: Final = 1023
MAX_BYTES: Final = 65_536  # of a text that a model reads: sums over it stay below 2**24


@dataclass(frozen=True, slots=True)
class Characters:
    """Decoded and folded characters of a buffer, each with the accents and ignorable characters that follow it.

    Attributes:
        code: int32 [C], folded code point without its accents.
        accent: int32 [C], sum of its accents' numbers, at most ``MAX_ACCENT``.
        char_class: int32 [C], ``CharClass`` with apostrophes resolved to LETTER or PUNCTUATION, and no follower.
        position: int64 [C], byte offset of the character in the buffer.
        end: int64 [C], byte offset of the next one.
        continues: bool [C], the character belongs to the word of the one before it.
    """

    code: Int32Array
    accent: Int32Array
    char_class: Int32Array
    position: NDArray[np.int64]
    end: NDArray[np.int64]
    continues: BoolArray

    @property
    def starts(self) -> BoolArray:
        """bool [C], the character is the first of a word."""
        inside: BoolArray = self.char_class != CharClass.SEPARATOR
        return inside & ~self.continues


def to_bytes(text: str | bytes) -> bytes:
    """UTF-8 of a text; lone surrogates are kept as their three bytes, bytes are left as they are."""
    return text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text


def pack_texts(texts: Sequence[bytes]) -> NDArray[np.uint8]:
    """Zero-padded uint8 [N, T], T the longest text but at least 1."""
    if len(texts) == 1 and texts[0]:  # as apps have it, at a third of the time
        return np.frombuffer(texts[0], np.uint8)[None].copy()
    width = max(1, max(len(text) for text in texts))
    packed = np.zeros((len(texts), width), dtype=np.uint8)
    for row, text in zip(packed, texts, strict=True):
        row[: len(text)] = np.frombuffer(text, dtype=np.uint8)
    return packed


def join_texts(texts: Sequence[bytes]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """One buffer for all texts, each followed by a NUL.

    Returns:
        uint8 [B] and the offset of each text in it, int64 [N].
    """
    buffer = np.frombuffer(b"\0".join(texts) + b"\0", dtype=np.uint8)
    lengths = np.array([len(text) + 1 for text in texts], dtype=np.int64)
    return buffer, np.cumsum(lengths) - lengths


def _ahead(values: NDArray[np.int32], distance: int) -> NDArray[np.int32]:
    """``values[i + distance]`` with zeros past the end."""
    shifted = np.zeros_like(values)
    if distance < len(values):
        shifted[: len(values) - distance] = values[distance:]
    return shifted


def decode_utf8(buffer: NDArray[np.uint8]) -> tuple[Int32Array, NDArray[np.int64]]:
    """Lenient UTF-8 decoding (section 2): any bytes are some characters, never an error.

    Args:
        buffer: uint8 [B].

    Returns:
        Code points int32 [C] and the byte offset of each, int64 [C].
    """
    b0 = buffer.astype(np.int32)
    is_continuation = ((b0 & 0xC0) == 0x80).astype(np.int32)
    b1, b2, b3 = (_ahead(b0, distance) & 0x3F for distance in (1, 2, 3))
    c1, c2, c3 = (_ahead(is_continuation, distance) for distance in (1, 2, 3))
    following = c1 * (1 + c2 * (1 + c3))  # continuation bytes directly after this byte, at most 3
    needed = np.select([b0 < 0xC0, b0 < 0xE0, b0 < 0xF0, b0 < 0xF8], [0, 1, 2, 3], 0)
    extra = np.where(following >= needed, needed, 0)

    code = np.where(b0 < 0x80, b0, STRAY_BASE + b0)
    code = np.where(extra == 1, (b0 & 0x1F) << 6 | b1, code)
    code = np.where(extra == 2, (b0 & 0x0F) << 12 | b1 << 6 | b2, code)
    code = np.where(extra == 3, (b0 & 0x07) << 18 | b1 << 12 | b2 << 6 | b3, code)

    claimed = np.zeros(len(b0), dtype=np.bool_)
    for distance in (1, 2, 3):
        claimed[distance:] |= extra[: max(len(b0) - distance, 0)] >= distance
    position = np.flatnonzero(~claimed)
    return code[position].astype(np.int32), position


def find_words(buffer: NDArray[np.uint8]) -> Characters:
    """Characters of a buffer with the borders of its words (sections 3 to 5).

    Args:
        buffer: uint8 [B]; texts in it are separated by NUL, and the last byte is one.
    """
    code, position = decode_utf8(buffer)
    pages, cells = page_tables()
    cell = cells[pages[page_of(code)] * PAGE_SIZE + code % PAGE_SIZE]
    folded = code + cell[:, 0] // CLASS_BASE
    char_class = cell[:, 0] % CLASS_BASE

    # Beside an apostrophe, what follows a letter is as good as one.
    wordly = (char_class == CharClass.LETTER) | (char_class >= CharClass.ACCENT)
    between = np.zeros(len(code), np.bool_)
    between[1:-1] = wordly[:-2] & wordly[2:]
    resolved = np.where(between, CharClass.LETTER, CharClass.PUNCTUATION)
    char_class = np.where(char_class == CharClass.APOSTROPHE, resolved, char_class)

    first = np.flatnonzero(char_class < CharClass.ACCENT)
    if not len(first):
        nothing = np.zeros(0, np.int32)
        return Characters(nothing, nothing, nothing, first, first, np.zeros(0, np.bool_))
    accent = np.minimum(np.add.reduceat(cell[:, 1], first), MAX_ACCENT)
    position = position[first]
    end = np.append(position[1:], len(buffer))
    own = char_class[first]
    # What drags more than that behind it is no character; only the one before it still sees it.
    kept = np.where(end - position > MAX_CLUSTER, CharClass.SEPARATOR, own)
    previous = np.concatenate(([0], kept[:-1]))
    same = (own == previous) | (own == CharClass.MARK)
    continues = same & (own != CharClass.ISOLATED) & (own != CharClass.SEPARATOR)
    continues &= previous != CharClass.SEPARATOR
    return Characters(
        folded[first], accent.astype(np.int32), kept.astype(np.int32), position, end, continues
    )


def truncate(text: bytes, max_bytes: int) -> tuple[bytes, bool]:
    """Cuts a text to at most ``max_bytes`` at a word border (section 8).

    The cut falls at the end of the last word that is complete within the limit. When a single
    word fills the whole limit, the cut falls at the limit itself.

    Returns:
        The text and whether something other than separators was cut off.
    """
    if len(text) <= max_bytes:
        return text, False
    # What comes after the cut decides whether a word goes on, so look a little past the limit.
    buffer = np.frombuffer(text[: max_bytes + MAX_CLUSTER + 8] + b"\0", dtype=np.uint8)
    words = find_words(buffer)
    in_word = words.char_class != CharClass.SEPARATOR
    border = words.starts | ~in_word
    borders = words.position[border & (words.position <= max_bytes)]
    cut = int(borders[-1]) if len(borders) and borders[-1] > 0 else max_bytes
    lost = len(text[cut:].strip(b" \t\r\n\0")) > 0
    return text[:cut], lost
