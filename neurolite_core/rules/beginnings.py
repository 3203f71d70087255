"""What indices do not show of a word: with which prefix of the rules it begins, and whether it is a number.

Section 11 of ``docs/hash-spec.md``. Products of three hash functions' values are added up from the word's first letter
on, modulo 4096; a prefix is known by the three sums up to its last letter. Numpy, integers only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.ground.errors import InputError, NeuroLiteError
from neurolite_core.hashing.words import MODULUS, hash_constants, split_code
from neurolite_core.rules.parts import Element
from neurolite_core.rules.phrases import beginnings
from neurolite_core.rules.word_table import EMPTY, place_sums
from neurolite_core.text.characters import CharClass
from neurolite_core.text.words import Int32Array, find_words, join_texts

SUM_BASE: Final = 4_096
FUNCTIONS: Final = 3
VALUE_STEP: Final = MODULUS // SUM_BASE
PRODUCT_STEP: Final = 64
MOST_PREFIXES: Final = SUM_BASE // 2
FIRST_DIGIT: Final = 0x30
LAST_DIGIT: Final = 0x39
_OWN: Final = 5  # of a function's weights: of the letter before and of the own one; the others are of the next

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Beginnings:
    """Which prefixes there are, as a table without collisions.

    With s_0, s_1 and s_2 the sums up to a letter, its place is (s_0 + moves[s_1 mod B]) mod S, and what stands there is
    its own if the keys are s_0 + 4096 * s_1 and s_2. ``rises`` at all letters of a word add up to the number of its
    longest prefix.

    Attributes:
        moves: float32 [B, 1].
        rows: float32 [S, 3], two keys and the rise.
        count: how many prefixes.
        numbers: whether it matters which words are numbers.
    """

    moves: Floats
    rows: Floats
    count: int
    numbers: bool


def make_beginnings(prefixes: Sequence[Element], *, numbers: bool) -> Beginnings:
    """The table of prefixes in their order, a longer one behind those that it begins with.

    Raises:
        InputError: more than 2,048.
        NeuroLiteError: two have the same sums.
    """
    if len(prefixes) > MOST_PREFIXES:
        raise InputError(
            f"There are {len(prefixes):,} prefixes; at most {MOST_PREFIXES:,} are allowed."
        )
    if not prefixes:
        return Beginnings(
            np.zeros((1, 1), np.float32), np.full((1, 3), EMPTY, np.float32), 0, numbers
        )
    sums = np.array([_sums_of(prefix) for prefix in prefixes], np.int64)
    if len(np.unique(sums, axis=0)) < len(sums):
        raise NeuroLiteError("Two prefixes have the same sums; leave one of them out.")
    size = 16
    while size <= SUM_BASE:
        groups = max(8, size // 4)
        found = place_sums(sums, size, groups) if size >= 2 * len(sums) else None
        if found is not None:
            moves, places = found
            rows = np.full((size, 3), EMPTY, np.float32)
            rows[:, 2] = 0
            rows[places, 0] = sums[:, 0] + SUM_BASE * sums[:, 1]
            rows[places, 1] = sums[:, 2]
            rows[places, 2] = beginnings(prefixes)
            return Beginnings(moves[:, None].astype(np.float32), rows, len(prefixes), numbers)
        size *= 2
    raise NeuroLiteError(f"No table of {len(prefixes):,} prefixes was found; use fewer.")


def _sums_of(prefix: Element) -> list[int]:
    code = np.array([code for code, _ in prefix.letters], np.int32)
    accent = np.array([accent for _, accent in prefix.letters], np.int32)
    inner, last = _values(code, accent, np.arange(len(code)) > 0)
    return [int(x) for x in (inner[:-1].sum(axis=0) + last[-1]) % SUM_BASE]


def _values(
    code: Int32Array, accent: Int32Array, joined: NDArray[np.bool_]
) -> tuple[Int32Array, Int32Array]:
    """Values of the functions at letters, int32 [C, 3]: as they are, and as if no letter followed.

    Args:
        code: int32 [C].
        accent: int32 [C].
        joined: bool [C], of one word with the letter before.
    """
    low, high = split_code(code)
    follows = np.append(joined[1:], False)
    before = [np.roll(x, 1) * joined for x in (low, high)]
    after = [np.roll(x, -1) * follows for x in (low, high)]
    constants = hash_constants()
    weights, offsets = constants.weights[:FUNCTIONS].T, constants.offsets[:FUNCTIONS]
    own = np.stack([*before, low, high, accent], axis=1) @ weights[:_OWN] + offsets
    whole = own + np.stack(after, axis=1) @ weights[_OWN:]
    return _mixed(whole), _mixed(own)


def _mixed(sums: NDArray[Any]) -> Int32Array:
    """Values of section 11 from sums of section 6, int32 [C, 3]; sums of sums would be the same in any order."""
    upper = sums % MODULUS // VALUE_STEP  # below 4,096
    products = upper * np.roll(upper, -1, axis=1)
    mixed: Int32Array = (products // PRODUCT_STEP % SUM_BASE).astype(np.int32)
    return mixed


def word_starts(
    texts: Sequence[bytes], table: Beginnings, max_words: int, length: int
) -> Int32Array:
    """Of each word twice the number of its longest prefix, 0 without one, plus 1 if it is a number.

    Args:
        texts: N byte strings, UTF-8 or not.
        table: of the rules' prefixes.
        max_words: words that are read of a text.
        length: L, at least the most words that are read of any.

    Returns:
        int32 [N, L], 0 behind the last word.
    """
    buffer, offsets = join_texts(texts)
    words = find_words(buffer)
    found = np.zeros((len(texts), length), np.int32)
    first = np.flatnonzero(words.starts)
    if not len(first):
        return found
    in_word = words.char_class != CharClass.SEPARATOR
    word = np.cumsum(words.starts) - 1
    inner, last = _values(words.code, words.accent, words.continues)
    values = inner.astype(np.int64) * in_word[:, None]
    before = np.cumsum(values, axis=0) - values  # without the letter's own
    rises = _rises((before - before[first][word] + last) % SUM_BASE, table) * in_word
    digit = (words.code >= FIRST_DIGIT) & (words.code <= LAST_DIGIT) & (words.accent == 0)
    prefix = np.add.reduceat(rises, first) % SUM_BASE
    others = np.add.reduceat((~digit & in_word).astype(np.int64), first)
    codes = 2 * prefix + ((others == 0) & table.numbers)
    text = np.searchsorted(offsets, words.position[first], side="right") - 1
    place = np.arange(len(first)) - np.searchsorted(text, np.arange(len(texts)))[text]
    read = place < min(max_words, length)
    found[text[read], place[read]] = codes[read]
    return found


def _rises(sums: NDArray[np.int64], table: Beginnings) -> NDArray[np.int64]:
    """int64 [C] of sums [C, 3]."""
    moves = table.moves[sums[:, 1] % len(table.moves), 0].astype(np.int64)
    rows = table.rows[(sums[:, 0] + moves) % len(table.rows)].astype(np.int64)
    hit = (rows[:, 0] == sums[:, 0] + SUM_BASE * sums[:, 1]) & (rows[:, 1] == sums[:, 2])
    found: NDArray[np.int64] = rows[:, 2] * hit
    return found
