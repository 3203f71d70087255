"""Documents in windows of so many words, as rows of a store: what a generator learns from, in constant memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from neurolite_core.data.documents import documents
from neurolite_core.data.rows import Row
from neurolite_core.ground.files import file_digest
from neurolite_core.text.lines import BadRows
from neurolite_core.text.segments import Segments, split_segments

BEGINS: Final = 1
ENDS: Final = 2
# By the sum of what holds of a window: whether it begins its document, and whether it ends it.
KINDS: Final = ("middle", "begins", "ends", "whole")
EVERY: Final = 20  # a document of so many is held out, where a file stands alone
ALL: Final = "all"
LEARNED: Final = "learned"
HELD: Final = "held"
_AT_ONCE: Final = 256


@dataclass(frozen=True, slots=True)
class Windows:
    """The windows of a text file; each has one of ``KINDS`` as its label.

    A window is ``words`` words of a document, and the word behind them, which is asked for and not read: all but the
    last one of a document have it.

    Attributes:
        path: the file.
        words: L, that are read of a window.
        part: ``ALL`` documents, the ``LEARNED`` ones without every 20th, or those that are ``HELD`` out of them.
        most: documents that are taken at most; None for all.
        on_bad: "raise" refuses lines that are not UTF-8, "skip" leaves them out.
    """

    path: Path
    words: int
    part: str = ALL
    most: int | None = None
    on_bad: str = "raise"

    @property
    def name(self) -> str:
        """The file."""
        return str(self.path)

    @property
    def unit(self) -> str:
        """What a place in it is called."""
        return "document"

    def digest(self) -> str:
        """SHA-256 of the raw content, 64 hex digits."""
        return file_digest(self.path)

    def describe(self) -> str:
        """How it is read, for people."""
        most = "" if self.most is None else f", at most {self.most:,}"
        return f"{self.name}: {self.part} documents{most}, in windows of {self.words} words"

    def documents(self, bad: BadRows | None = None) -> Iterator[tuple[int, bytes]]:
        """The number of each document that is taken, from 1, and its text.

        Raises:
            InputError: unreadable, or lines that cannot be used.
        """
        found = documents(self.path, bad or BadRows(self.name, self.on_bad))
        chosen = (
            (number, text.encode())
            for number, text in enumerate(found, start=1)
            if self.part == ALL or (number % EVERY == 0) == (self.part == HELD)
        )
        yield from islice(chosen, self.most)

    def rows(self, bad: BadRows | None = None) -> Iterator[Row]:
        """The windows, at each call again; a document without words has none."""
        remaining = self.documents(bad)
        while some := list(islice(remaining, _AT_ONCE)):
            split = split_segments([text for _, text in some])
            for (number, _), segments in zip(some, split, strict=True):
                for text, kind in _windows_of(segments, self.words):
                    yield Row(text.decode("utf-8", "surrogatepass"), (KINDS[kind],), number)


def _windows_of(segments: Segments, words: int) -> Iterator[tuple[bytes, int]]:
    """Texts and places in ``KINDS``."""
    count = len(segments.words)
    for first in range(0, count, words):
        ends = first + words >= count
        kind = BEGINS * (first == 0) + ENDS * ends
        yield b"".join(segments.words[first : first + words + 1]), kind
