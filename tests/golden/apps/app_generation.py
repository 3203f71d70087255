"""``generation.json``: a text and a generator's logits -> words that are offered, what is inserted, what is written.

The model of these cases is a table: of each text that it is asked about, logits of ``</s>`` and the words; those of
``<unk>`` and of all bytes are ``others``, more than any word's, as neither is ever chosen; but where words are
spelled, ``unknown`` is that of ``<unk>``.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from neurolite_core.answer.sampling import Sampling, draw, penalised, shares
from neurolite_core.answer.writing import Suggested, Writer
from neurolite_core.text.segments import last_words, split_segments
from neurolite_core.text.vocabulary import END, FIRST_WORD, NO_WORDS, UNKNOWN, Vocabulary

OTHERS: Final = 20.0
DIGITS: Final = 9
WORDS: Final = (
    *("\n", "?\n", ".\n", "Yes", "No", "How", "I", "we", ".", ",", "?", "!", "'", "s", "e", "it", "don't"),
    *(" are", " area", " areas", " aren't", " you", " your", " yours", " young", " I", " is", " island", " the"),
    *(" caf\u00e9", " caf\u00e9s", " R\u00e9veil", " \u6771", " \u4eac", " \U0001f44d", " \U0001f44d\U0001f3fd", "\u0e17\u0e35\u0e48"),
)  # fmt: skip
LIMITS: Final = (64, 512)
SMALL: Final = (4, 24)  # of words and bytes
TEXTS: Final[tuple[tuple[str, bytes, tuple[int, int]], ...]] = (
    ("an empty text", b"", LIMITS),
    ("a word that is an entry", b"How are", LIMITS),
    ("a word that is no entry", b"How is Xyzzy", LIMITS),
    ("a word with a capital", b"Y", LIMITS),
    ("a word that goes on as no entry does", b"How are yx", LIMITS),
    ("a letter", b"How are y", LIMITS),
    ("a part of a word that is one", b"How are you", LIMITS),
    ("the longest of its kind", b"How are yours", LIMITS),
    ("a space behind", b"How are ", LIMITS),
    ("two spaces behind", b"How are  ", LIMITS),
    ("two spaces before a word", b"How  ar", LIMITS),
    ("a tab behind", b"How are\t", LIMITS),
    ("a space alone", b" ", LIMITS),
    ("a line break behind", b"How are you?\n", LIMITS),
    ("a line break alone", b"\n", LIMITS),
    ("a line break behind a word", b"No\n", LIMITS),
    ("a line break and a space behind", b"How are you?\n ", LIMITS),
    ("a letter behind a line break", b"How are you?\nY", LIMITS),
    ("punctuation behind", b"How are you?", LIMITS),
    ("an apostrophe behind", b"I don'", LIMITS),
    ("two bytes a letter", " caf\u00e9".encode(), LIMITS),
    ("an accent apart", " cafe\u0301".encode(), LIMITS),
    ("letters that are words each", " \u6771".encode(), LIMITS),
    ("Thai", "\u0e17".encode(), LIMITS),
    ("an emoji that may have a colour", "you \U0001f44d".encode(), LIMITS),
    ("half a pair", b"I am \xed\xa0\xbd", LIMITS),
    ("NUL inside", b"How\0are", LIMITS),
    ("the last words of a text", b"Yes, I am. How are you", SMALL),
    ("a word cut in front", b"internationalisation of it", SMALL),
    ("a word that is longer than what is read", b"I internationalisation-internationalisationally", SMALL),
    ("spaces that are longer than what is read", b"How are" + b" " * 30, SMALL),
    ("as many words as are read", b"No, I am", SMALL),
)  # fmt: skip
# Of equals the first: words of one logit.
EQUAL: Final = "words of one logit"
GREEDY: Final = Sampling(temperature=0, repetition_penalty=1.0)
WRITTEN: Final[tuple[tuple[str, bytes, Sampling, int, int], ...]] = (
    ("greedy", b"How are", GREEDY, 8, 0),
    ("greedy, from nothing", b"", GREEDY, 6, 0),
    ("greedy, never the same", b"I", Sampling(temperature=0, repetition_penalty=100.0), 12, 0),
    ("drawn", b"How are", Sampling(), 10, 7),
    ("drawn by another seed", b"How are", Sampling(), 10, 8),
    ("a space behind the prompt", b"Yes, ", Sampling(), 5, 1),
    ("hot", b"No", Sampling(temperature=5.0, top_k=0, top_p=1.0, repetition_penalty=1.0), 10, 3),
    ("of the best five", b"we", Sampling(temperature=1.0, top_k=5, top_p=1.0), 10, 4),
    ("of the half", b"it", Sampling(temperature=1.0, top_k=0, top_p=0.5), 10, 5),
)  # fmt: skip
# Words that are no entries, where <unk> is as probable as all words together, about.
UNKNOWN_LOGIT: Final = 4.5
FREE: Final = Sampling(temperature=1.0, top_k=0, top_p=1.0)
SPELLED: Final[tuple[tuple[str, bytes, Sampling, int, int], ...]] = (
    ("spelled, greedy", b"How are", GREEDY, 3, 0),
    ("spelled", b"How are", Sampling(), 8, 7),
    ("spelled behind a space", b"Yes, ", Sampling(), 5, 2),
    ("spelled behind two spaces", b"Yes,  ", FREE, 5, 3),
    ("spelled, of all bytes", b"we", FREE, 8, 5),
)


def vocabulary() -> Vocabulary:
    return Vocabulary((*NO_WORDS, *WORDS))


class Table:
    """Answers as a model would, and what it was asked."""

    def __init__(self, *, equal: bool = False, unknown: float = OTHERS) -> None:
        self.asked: dict[bytes, list[float]] = {}
        self._equal, self._unknown = equal, unknown

    def __call__(self, text: bytes) -> NDArray[np.float64]:
        told = random.Random(crc32(text))
        # No two are equal.
        values = [place / 4 - 5 for place in told.sample(range(len(WORDS) + 1), len(WORDS) + 1)]
        own = [0.0] * len(values) if self._equal else values
        self.asked[text] = own
        found = np.full(FIRST_WORD + len(WORDS), OTHERS)
        found[UNKNOWN], found[END], found[FIRST_WORD:] = self._unknown, own[0], own[1:]
        return found

    def rows(self) -> list[dict[str, Any]]:
        return [{"read": text.hex(), "logits": own} for text, own in self.asked.items()]


def pieces(found: list[Suggested]) -> list[list[Any]]:
    return [[item.piece.hex(), round(item.score, DIGITS)] for item in found]


def offered(
    name: str, text: bytes, limits: tuple[int, int], *, equal: bool = False
) -> dict[str, Any]:
    """What is suggested, completed and offered; the offer by a model that answers nothing else."""
    found: dict[str, Any] = {"name": name, "text": text.hex(), "limits": limits}
    asked = Table(equal=equal)
    for what in ("suggest", "complete", "offer"):
        writer = Writer(asked, vocabulary(), max_words=limits[0], max_bytes=limits[1])
        call: Callable[[bytes, int], list[Suggested]] = getattr(writer, what)
        found[what] = pieces(call(text, 3))
    return found | {"answers": asked.rows()}


def written(
    name: str, prompt: bytes, how: Sampling, words: int, seed: int, *, spell: bool = False
) -> dict[str, Any]:
    """A text, and the numbers that it was drawn by."""
    unknown = UNKNOWN_LOGIT if spell else OTHERS
    asked = Table(unknown=unknown)
    writer = Writer(asked, vocabulary(), max_words=SMALL[0], max_bytes=SMALL[1])
    made = list(writer.write(prompt, how, words=words, seed=seed, spell=spell))
    random_numbers = np.random.default_rng(seed)
    drawn = words + sum(len(piece) + 1 for piece in made) if spell else words
    return {
        "name": name,
        "prompt": prompt.hex(),
        "limits": SMALL,
        "how": _how(how),
        "words": words,
        "seed": seed,
        "spell": spell,
        "unknown": unknown,
        "numbers": [random_numbers.random() for _ in range(drawn)],
        "pieces": [piece.hex() for piece in made],
        "answers": asked.rows(),
    }


def _how(how: Sampling) -> dict[str, float]:
    return {name: getattr(how, name) for name in how.__slots__}


class _Number(np.random.Generator):
    """One that was given."""

    def __init__(self, number: float) -> None:
        super().__init__(np.random.PCG64(0))
        self._number = number

    def random(self) -> float:  # type: ignore[override]  # what ``draw`` asks
        return self._number


def shared(how: Sampling, own: list[float], written: list[int]) -> dict[str, Any]:
    """Probabilities of logits, and the entries that numbers from 0 to 1 draw."""
    found = shares(penalised(np.array(own), written, how.repetition_penalty), how)
    numbers = [0.0, 0.25, 0.5, 0.75, 0.9999]
    return {
        "name": ", ".join(f"{name} {value:g}" for name, value in _how(how).items()),
        "how": _how(how),
        "logits": own,
        "written": written,
        "shares": [round(value, DIGITS) for value in found.tolist()],
        "draws": [[number, draw(found, _Number(number))] for number in numbers],
    }


def split(name: str, text: bytes, limits: tuple[int, int]) -> dict[str, Any]:
    """Pieces of a text, one a word, and what is read of it."""
    (found,) = split_segments([text])
    return {
        "name": name,
        "text": text.hex(),
        "words": [piece.hex() for piece in found.words],
        "rest": found.rest.hex(),
        "limits": limits,
        "read": last_words(text, *limits).hex(),
    }


def made() -> dict[str, Any]:
    """All of it."""
    logits = [2.0, -1.5, 0.25, 2.0, -0.75, 1.0]
    ways = (
        Sampling(),
        GREEDY,
        Sampling(temperature=1.0, top_k=0, top_p=1.0, repetition_penalty=1.0),
        Sampling(temperature=2.0, top_k=3, top_p=1.0, repetition_penalty=2.0),
        Sampling(temperature=0.5, top_k=0, top_p=0.7, repetition_penalty=1.5),
    )
    return {
        "tolerance": 1e-7,
        "no_words": FIRST_WORD,
        "words": WORDS,
        "others": OTHERS,
        "split": [split(*row) for row in TEXTS],
        "offered": [
            *(offered(*row) for row in TEXTS),
            offered(EQUAL, b"How are ", LIMITS, equal=True),
            offered(f"{EQUAL}, one of them typed", b"How are you", LIMITS, equal=True),
        ],
        "shared": [shared(how, logits, own) for how in ways for own in ([], [0, 4])],
        "written": [
            *(written(*row) for row in WRITTEN),
            *(written(*row, spell=True) for row in SPELLED),
        ],
    }
