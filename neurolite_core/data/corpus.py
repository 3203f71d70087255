"""Running text for language modelling: WikiText's headings and blank lines, in paragraphs or sentences.

A heading is a line ``= Title =``, with as many signs on each side as its level. A paragraph is a line;
blank lines separate. The WikiText files (Merity et al. 2016, arXiv:1609.07843) are of this form.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Final

from neurolite_core.data.rows import Row
from neurolite_core.ground.checks import require_choice
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.files import file_digest
from neurolite_core.text.lines import BadRows, decoded_lines

UNITS: Final = ("paragraph", "sentence")
_HEADING: Final = re.compile(r"(=(?: ?=)*)\s([^\s=](?:.*[^\s=])?)\s(=(?: ?=)*)")
# Rough on purpose: abbreviations end a sentence, which costs a language model nothing.
_SENTENCE_END: Final = re.compile(
    r"""(?<=[.!?…])(?:["'”’»)\]]|\s["'”’»)\]](?=\s|$))*\s+|(?<=[。！？])(?![。！？」』”’）])|(?<=[।۔])\s*"""
)


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph or sentence, the line it stands in, and the headings above it, outermost first."""

    text: str
    line: int
    headings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Corpus:
    """A text file, plain or gzip, streamed in constant memory; a row source without labels.

    Attributes:
        path: the file.
        passage: "paragraph" or "sentence".
        on_bad: "raise" refuses lines that cannot be used, together; "skip" leaves them out.

    Raises:
        InputError: no such unit or policy.
    """

    path: Path
    passage: str = "paragraph"
    on_bad: str = "raise"

    def __post_init__(self) -> None:
        require_choice("passage", self.passage, UNITS)
        BadRows(self.name, self.on_bad)

    @property
    def name(self) -> str:
        """The path."""
        return str(self.path)

    @property
    def unit(self) -> str:
        """Places in it are lines."""
        return "line"

    def describe(self) -> str:
        """How it is read, for people."""
        return f"{self.name} (corpus): each {self.passage} a text, no labels"

    def digest(self) -> str:
        """SHA-256 of the file, 64 hex digits."""
        return file_digest(self.path)

    def rows(self, bad: BadRows | None = None) -> Iterator[Row]:
        """The passages as unlabelled rows, at each call again; raises as ``passages``."""
        for passage in self.passages(bad):
            yield Row(passage.text, None, passage.line)

    def passages(self, bad: BadRows | None = None) -> Iterator[Passage]:
        """The passages from the first on, at each call again.

        Args:
            bad: counts lines that cannot be used; without one, ``on_bad`` alone decides.

        Raises:
            InputError: unreadable, or lines that are not UTF-8.
        """
        bad = bad or BadRows(self.name, self.on_bad)
        headings: tuple[str, ...] = ()
        for line in decoded_lines(self.path):
            text = line.text.strip()
            heading = _HEADING.fullmatch(text)
            if line.problem:
                bad.add(line.number, line.problem)
            elif heading and heading[1].count("=") == heading[3].count("="):
                headings = (*headings[: heading[1].count("=") - 1], heading[2])
            elif text:
                whole = Passage(text, line.number, headings)
                if self.passage == "paragraph":
                    yield whole
                else:
                    for sentence in split_sentences(text):
                        yield replace(whole, text=sentence)
        bad.finish()


def split_sentences(text: str) -> list[str]:
    """Sentences by their closing marks, of scripts with and without spaces; nothing is dropped but space.

    Raises:
        InputError: not a string.
    """
    if not isinstance(text, str):
        raise InputError(f"text is {text!r}; give a string.")
    ends = [0, *(match.end() for match in _SENTENCE_END.finditer(text)), len(text)]
    parts = (text[start:end].strip() for start, end in pairwise(ends))
    return [part for part in parts if part]
