"""Tables and weights that the hash's ONNX function looks things up in; sections refer to ``docs/hash-spec.md``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.text.characters import CLASS_BASE, LAST_PAGE, PAGE_SIZE, CharClass, page_tables
from neurolite_core.text.words import STRAY_BASE

SIZES: Final = 4  # a character has 1 to 4 bytes
_TAG_LEAD, _TAG_SECOND = 0xF3, 0xA0  # of U+E0000 to U+E0FFF, all of which are ignorable
_TAG_CODE: Final = 0x200B  # an ignorable character to stand for them
LARGE: Final = LAST_PAGE * PAGE_SIZE  # stands for all code points as large: isolated, unfolded
# Where the codes of bytes inside characters are moved: behind all others, to two pages.
_INSIDE: Final = LARGE + 2 * PAGE_SIZE
ACCENT_UNIT: Final = 2**32  # a running sum holds heads of clusters below it, accents above

# What the table of cells says of a byte; a head of a cluster is _FOLLOWER + 1 + its class.
_FOLLOWER: Final = 1  # 0 is no character
_KINDS: Final = _FOLLOWER + 1 + CharClass.APOSTROPHE + 1
_NEAR: Final = 2**SIZES - 1  # weighted signs of a side sum to -_NEAR .. _NEAR
_SIDE: Final = 2 * _NEAR + 1
RESOLVED: Final = CharClass.MARK + 2  # 1 + class, apostrophes resolved; 0 is no head


def byte_features() -> NDArray[np.float32]:
    """Per byte: is a continuation, bytes that must follow, payload as one and as first, alone, of a tag."""
    byte = np.arange(256)
    continuation = (byte >= 0x80) & (byte < 0xC0)
    need = np.select([byte < 0xC0, byte < 0xE0, byte < 0xF0, byte < 0xF8], [0, 1, 2, 3], 0)
    tail = np.where(continuation, byte - 0x80, 0)
    head = byte & np.array([0, 0x1F, 0x0F, 0x07])[need]
    alone = np.where(byte < 0x80, byte, STRAY_BASE + byte)
    tag = (byte == _TAG_LEAD) + 2 * (byte == _TAG_SECOND)
    return np.stack([continuation, need, tail, head, alone, tag])[None].astype(np.float32)


def reading_weights() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Over a byte and the three after it: a key of what follows, the code of each size, and that of a tag."""
    weights = np.zeros((2 + SIZES, 6, SIZES), dtype=np.float32)
    weights[0, 0, 1:] = 4, 2, 1  # which of the next bytes are continuations
    weights[0, 1, 0] = 8  # and how many must be
    weights[0, 5, :2] = 32, 96  # and whether these are a tag's first bytes
    weights[1, 4, 0] = 1
    for size in range(2, SIZES + 1):
        weights[size, 3, 0] = 64 ** (size - 1)
        for step in range(1, size):
            weights[size, 2, step] = 64 ** (size - 1 - step)
    offsets = np.zeros(2 + SIZES, dtype=np.float32)
    offsets[-1] = _TAG_CODE
    return weights, offsets


def size_table() -> NDArray[np.float32]:
    """One-hot size of the character, or tag, by the key of ``reading_weights``, [1, 5, 288]."""
    table = np.zeros((1, SIZES + 1, 288), dtype=np.float32)
    following = [0, 0, 0, 0, 1, 1, 2, 3]  # by the three continuation bits
    for key in range(288):
        need = key // 8 % 4
        size = need if following[key % 8] >= need else 0
        is_tag = size == SIZES - 1 and key // 32 == 1 + 3 * 2
        table[0, SIZES if is_tag else size, key] = 1
    return table


def claim_weights() -> NDArray[np.float32]:
    """Over the three bytes before a byte: how far its code is moved if a character there reaches it."""
    weights = np.zeros((1, SIZES + 1, SIZES), dtype=np.float32)
    for distance in (1, 2, 3):
        weights[0, distance:, SIZES - 1 - distance] = _INSIDE - (STRAY_BASE + 0x80)
    return weights


@dataclass(frozen=True, slots=True)
class Cells:
    """Two-level lookup of a code: cell = code + shifts[code div PAGE_SIZE].

    Attributes:
        shifts: int32 [blocks].
        deltas: int32 [cells], what folding adds.
        kinds: int64 [2, cells]: 1 for what may stand beside an apostrophe in a word, -1 for other characters, 0 inside
            characters; and 0 inside characters, FOLLOWER, or from there on 1 + class.
        counts: int64 [cells], 1 for heads of clusters, and the accent times ACCENT_UNIT.
    """

    shifts: NDArray[np.int32]
    deltas: NDArray[np.int32]
    kinds: NDArray[np.int64]
    counts: NDArray[np.int64]


def cell_tables() -> Cells:
    """Section 3 and 4's tables, with a page of nothing at the end for bytes inside characters."""
    pages, cells = page_tables()
    blocks = np.arange(_INSIDE // PAGE_SIZE + 2, dtype=np.int32)
    own = np.full(len(blocks), len(cells) // PAGE_SIZE, dtype=np.int32)
    own[:LAST_PAGE] = pages[:LAST_PAGE]
    own[LAST_PAGE] = pages[LAST_PAGE]
    nothing = (0, PAGE_SIZE)
    classes = cells[:, 0] % CLASS_BASE
    follows = classes >= CharClass.ACCENT
    signs = np.where(follows | (classes == CharClass.LETTER), 1, -1)
    kinds = np.where(follows, _FOLLOWER, classes + _FOLLOWER + 1)
    counts = cells[:, 1].astype(np.int64) * ACCENT_UNIT + ~follows
    return Cells(
        shifts=(own - blocks) * PAGE_SIZE,
        deltas=np.pad(cells[:, 0] // CLASS_BASE, nothing),
        kinds=np.stack([np.pad(signs, nothing), np.pad(kinds, nothing)]).astype(np.int64),
        counts=np.pad(counts, nothing),
    )


def head_weights() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Over a byte and four on each side: a key of its kind and of the nearest characters' signs, never negative.

    Signs weighted 8, 4, 2, 1 sum to the sign of the nearest character, whatever is behind it.
    """
    weights = np.zeros((1, 2, 2 * SIZES + 1), dtype=np.float32)
    weights[0, 0, :SIZES] = 1, 2, 4, 8
    weights[0, 0, SIZES + 1 :] = _SIDE * np.array([8, 4, 2, 1])
    weights[0, 1, SIZES] = _SIDE**2
    return weights, np.array([_NEAR * (1 + _SIDE)], dtype=np.float32)


def head_table() -> NDArray[np.float32]:
    """By the key of ``head_weights``: 1 + class, apostrophes resolved, or 0 for what is no head of a cluster."""
    table = np.zeros((_KINDS, _SIDE, _SIDE), dtype=np.float32)  # by kind, next and previous
    for char_class in range(CharClass.APOSTROPHE):
        table[_FOLLOWER + 1 + char_class] = 1 + char_class
    table[-1] = 1 + CharClass.PUNCTUATION
    table[-1, _NEAR + 1 :, _NEAR + 1 :] = 1 + CharClass.LETTER
    return table.reshape(-1)


def word_tables() -> tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.bool_]]:
    """Section 5 by what ``clusters`` says of the cluster before (0 where there is none) and of the own.

    Returns:
        1.0 where the cluster continues a word, [144]; whether a word ends before it, and starts, [144, 2]; and whether
        a word starts with it, and it belongs to one, [144, 2].
    """
    digits = 2 * RESOLVED
    continues = np.zeros((digits, digits), dtype=np.float32)
    borders = np.zeros((digits, digits, 2), dtype=np.bool_)
    symbols = np.zeros((digits, digits, 2), dtype=np.bool_)
    for before, own in np.ndindex(continues.shape):
        previous = before - 1 if 0 < before < RESOLVED else CharClass.SEPARATOR
        char_class = own % RESOLVED - 1
        same = char_class in (previous, CharClass.MARK) and char_class != CharClass.ISOLATED
        goes_on = same and previous != CharClass.SEPARATOR
        in_word = char_class > CharClass.SEPARATOR and own < RESOLVED
        continues[before, own] = goes_on
        ends = previous != CharClass.SEPARATOR and not (goes_on and in_word)
        borders[before, own] = ends, in_word and not goes_on
        symbols[before, own] = in_word and not goes_on, in_word
    return continues.reshape(-1), borders.reshape(-1, 2), symbols.reshape(-1, 2)
