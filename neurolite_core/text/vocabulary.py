r"""The entries that a generator chooses from: words of a corpus by count, and bytes, so that any text can be written.

An entry is a word with its case and what stands before it: nothing, or a space (``" hello"``, ``","``); line breaks are
words (``"\n"``, ``".\n"``). Writing is concatenation. The names of the entries that are no words, ``<unk>``, ``</s>``
and ``<0x00>`` to ``<0xFF>``, are mixed of signs and letters, which no word is, so that labels alone tell which is which.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, islice
from typing import Final

import numpy as np

from neurolite_core.ground.checks import require_range
from neurolite_core.ground.errors import InputError
from neurolite_core.text.line_breaks import with_breaks
from neurolite_core.text.segments import split_segments
from neurolite_core.text.word_offsets import word_borders
from neurolite_core.text.words import to_bytes

UNKNOWN: Final = 0  # stands for every word that is no entry, which a writer spells
END: Final = 1  # the text is over; writes nothing
FIRST_BYTE: Final = 2
FIRST_WORD: Final = FIRST_BYTE + 256
MAX_ENTRIES: Final = 65_536
MAX_ENTRY: Final = 64  # bytes of a word that may become one
NO_WORDS: Final = ("<unk>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)))
GAPS: Final = (b"", b" ")
_TEXTS_AT_ONCE: Final = 256
_ENTRIES_AT_ONCE: Final = 512


@dataclass(frozen=True)
class Vocabulary:
    """V entries, each with its label.

    Attributes:
        labels: ``NO_WORDS``, then words, the most frequent first.

    Raises:
        InputError: labels of no vocabulary.
    """

    labels: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.labels[:FIRST_WORD] != NO_WORDS:
            raise InputError(
                f"labels begin with {self.labels[:3]!r}; those of a generator begin with {NO_WORDS[:3]!r} and have all "
                "256 bytes: take the labels of a model that was trained for generation."
            )
        if len(self.labels) > MAX_ENTRIES:
            raise InputError(f"a vocabulary of {len(self.labels):,}; at most {MAX_ENTRIES:,}.")
        words = self.labels[FIRST_WORD:]
        if len(set(words)) != len(words):
            twice = next(word for word, count in Counter(words).items() if count > 1)
            raise InputError(f"the entry {twice!r} is in the vocabulary twice; each word once.")
        for word, right in zip(words, are_entries([to_bytes(w) for w in words]), strict=True):
            if not right:
                raise InputError(
                    f"the entry {word!r} is not one word of at most {MAX_ENTRY} bytes behind nothing or a "
                    "space; make vocabularies with make_vocabulary."
                )

    def __len__(self) -> int:
        return len(self.labels)

    @cached_property
    def places(self) -> dict[bytes, int]:
        """Of each word its number; bytes and the others are not in it."""
        words = enumerate(self.labels[FIRST_WORD:], start=FIRST_WORD)
        return {to_bytes(word): number for number, word in words}

    def targets(self, text: bytes) -> list[int]:
        """Of each of W words its entry or ``UNKNOWN``, and ``END``: W + 1 numbers.

        Number i + 1 is the right answer at word i, number 0 that of an empty text. The rest behind the last word is
        left out.
        """
        (segments,) = split_segments([text])
        return [*(self.places.get(word, UNKNOWN) for word in segments.words), END]

    def encode(self, text: bytes) -> list[int]:
        """Entries that write the text exactly: words, and bytes of what is none; without ``END``."""
        (segments,) = split_segments([text])
        numbers: list[int] = []
        for piece in (*segments.words, segments.rest):
            number = self.places.get(piece)
            numbers += [FIRST_BYTE + byte for byte in piece] if number is None else [number]
        return numbers

    def decode(self, numbers: Iterable[int]) -> bytes:
        """What entries write, one after the other; ``UNKNOWN`` and ``END`` write nothing.

        Raises:
            InputError: a number of no entry.
        """
        return b"".join(map(self.written, numbers))

    def written(self, number: int) -> bytes:
        """What one entry writes.

        Raises:
            InputError: a number of no entry.
        """
        if not 0 <= number < len(self.labels):
            raise InputError(f"entry {number}; they are 0 to {len(self.labels) - 1}.")
        if number < FIRST_BYTE:
            return b""
        if number < FIRST_WORD:
            return bytes([number - FIRST_BYTE])
        return to_bytes(self.labels[number])


def are_entries(words: Sequence[bytes]) -> list[bool]:
    """Whether each of N texts is one word that may become an entry: short, UTF-8, behind one of ``GAPS``."""
    # Arrays of all characters of a vocabulary would take more memory than a small model.
    parts = range(0, len(words), _ENTRIES_AT_ONCE)
    return [right for at in parts for right in _are_entries(words[at : at + _ENTRIES_AT_ONCE])]


def _are_entries(words: Sequence[bytes]) -> list[bool]:
    owner, borders = word_borders([with_breaks(word) for word in words])
    counts = np.bincount(owner, minlength=len(words))
    first = np.searchsorted(owner, np.arange(len(words)))
    return [
        bool(count == 1) and _may_be_entry(word, *borders[place].tolist())
        for word, count, place in zip(words, counts, first, strict=True)
    ]


def count_words(texts: Iterable[bytes]) -> Counter[bytes]:
    """How often each segment stands in texts, which are read once, some at a time."""
    counts: Counter[bytes] = Counter()
    remaining = iter(texts)
    while some := list(islice(remaining, _TEXTS_AT_ONCE)):
        counts.update(chain.from_iterable(segments.words for segments in split_segments(some)))
    return counts


def make_vocabulary(counts: Counter[bytes], size: int) -> Vocabulary:
    """The most frequent words; of equally frequent ones the first by bytes.

    Args:
        counts: of segments, from ``count_words``.
        size: V, entries in all, the 258 that are no words among them; fewer where the texts have fewer words.

    Raises:
        InputError: a size out of 259 to 65,536, or not one word.
    """
    require_range("vocab_size", size, FIRST_WORD + 1, MAX_ENTRIES)
    ranked = sorted(counts, key=lambda word: (-counts[word], word))
    entries = (
        word.decode() for word, right in zip(ranked, are_entries(ranked), strict=True) if right
    )
    words = list(islice(entries, size - FIRST_WORD))
    if not words:
        raise InputError("the texts have no words; give texts to make a vocabulary of.")
    return Vocabulary((*NO_WORDS, *words))


def _may_be_entry(word: bytes, start: int, end: int) -> bool:
    if end != len(word) or len(word) > MAX_ENTRY or word[:start] not in GAPS:
        return False
    try:
        word.decode()
    except UnicodeDecodeError:
        return False
    return True
