"""Entries of facts to what words of a text are held against: words, beginnings of words, numbers.

An entry is parted into words as a text is (sections 2 to 5 of ``docs/hash-spec.md``), so that ``e-mail`` is three words
and case, width and composed accents make no difference.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from neurolite_core.ground.errors import InputError
from neurolite_core.ground.values import shown
from neurolite_core.rules.parts import (
    MOST_PHRASE_WORDS,
    MOST_PREFIX_LETTERS,
    NUMBER,
    PREFIX,
    WORD,
    Element,
    Letters,
    Phrase,
)
from neurolite_core.text.characters import CharClass
from neurolite_core.text.words import find_words

NUMBER_MARK: Final = "<number>"
STAR: Final = "*"
_MOST_STEPS: Final = 10_000


def read_entry(entry: str) -> Phrase:
    """The elements of an entry, one for each word.

    Raises:
        InputError: it has no words, too many, or a star elsewhere than at the end of a word.
    """
    found: list[Element] = []
    for piece in entry.split():
        if piece == NUMBER_MARK:
            found.append(Element(NUMBER, ()))
        else:
            found += _elements(piece, entry)
    if not found:
        raise InputError(f"{shown(entry)} has no words; give a word or a phrase.")
    if len(found) > MOST_PHRASE_WORDS:
        raise InputError(
            f"{shown(entry)} has {len(found)} words (punctuation and each ideograph count); "
            f"a phrase has at most {MOST_PHRASE_WORDS}."
        )
    return tuple(found)


def _elements(piece: str, entry: str) -> list[Element]:
    begins = piece.endswith(STAR)
    plain = piece[:-1] if begins else piece
    if STAR in plain:
        raise InputError(
            f"{shown(entry)} has a star elsewhere than behind a word's beginning; write it as in refund*."
        )
    words = [
        Element(WORD, letters, text)
        for letters, text in words_of(plain.encode("utf-8", "surrogatepass"))
    ]
    if not begins:
        return words
    if not words:
        raise InputError(f"{shown(entry)} has a star without the beginning of a word before it.")
    last = words[-1]
    if len(last.letters) > MOST_PREFIX_LETTERS:
        raise InputError(
            f"{shown(entry)}: a beginning of {len(last.letters)} letters; give at most {MOST_PREFIX_LETTERS}."
        )
    if last.letters and _trails(last.letters) > 1:
        raise InputError(
            f"{shown(entry)}: other beginnings have the same letters beside each other in another order, and "
            "could not be told from it; give a shorter one, or whole words."
        )
    return [*words[:-1], Element(PREFIX, last.letters, last.text)]


def words_of(text: bytes) -> list[tuple[Letters, bytes]]:
    """The words of a text, each as its letters and its bytes."""
    words = find_words(np.frombuffer(text + b"\0", np.uint8))
    letters = list(zip(words.code.tolist(), words.accent.tolist(), strict=True))
    position, end = words.position.tolist(), words.end.tolist()
    goes_on = words.continues & (words.char_class != CharClass.SEPARATOR)
    stops = np.append(np.flatnonzero(~goes_on), len(goes_on))
    starts = np.flatnonzero(words.starts)
    behind = stops[np.searchsorted(stops, starts, side="right")].tolist()
    return [
        (tuple(letters[start:stop]), text[position[start] : end[stop - 1]])
        for start, stop in zip(starts.tolist(), behind, strict=True)
    ]


def _trails(letters: Letters) -> int:
    """How many words, at most 2, begin with the same letters' threes in some order, from first to last.

    What is added up for a letter is made of the code before it, of its own with its accent, and of the code behind it
    (section 11 of ``docs/hash-spec.md``).
    """
    codes = [0, *(code for code, _ in letters)]
    threes: dict[tuple[int, int, int, int], int] = {}
    for at in range(1, len(letters)):
        three = (codes[at - 1], codes[at], letters[at - 1][1], codes[at + 1])
        threes[three] = threes.get(three, 0) + 1
    steps = 0

    def walk(before: int, own: int, left: int) -> int:
        nonlocal steps
        steps += 1
        if left == 0:
            return 1
        if steps > _MOST_STEPS:  # so many ways that there is another order
            return 2
        found = 0
        for three in [key for key, count in threes.items() if count and key[:2] == (before, own)]:
            threes[three] -= 1
            found += walk(own, three[3], left - 1)
            threes[three] += 1
            if found > 1:
                break
        return found

    return walk(0, codes[1], len(letters) - 1)
