"""Columns of words and tags, as in the CoNLL-2000 and CoNLL-2003 shared tasks; labels in lines ``# label = x``."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from neurolite_core.answer.character_spans import TypedSpan
from neurolite_core.data.label_cells import LabelForm
from neurolite_core.data.spans.checks import type_problem
from neurolite_core.data.spans.rows import SpanRow
from neurolite_core.ground.values import shown
from neurolite_core.text.lines import MAX_LINE, BadRows, Line, decoded_lines

_LABEL: Final = re.compile(r"#[ \t]*label[ \t]*=(.*)", re.DOTALL)
_COLUMNS: Final = re.compile(r"[ \t]+")
_TAG: Final = re.compile(r"O|([BIESLU])-(.+)", re.DOTALL)
_DOCUMENT: Final = "-DOCSTART-"
_OUTSIDE: Final = "O"
# BIOES and BILOU name the last word of a span, and a span of one word, by other letters.
_SAME: Final = {"L": "E", "U": "S"}


def read_conll(
    path: Path, bad: BadRows, *, form: LabelForm, several: bool, known: Collection[str] | None
) -> Iterator[SpanRow]:
    """Texts of a file of columns: a word first and its tag last in a line, a blank line between texts.

    Columns are separated by tabs, in lines that have one, else by blanks, and every line has as many. The words of a
    text are joined by single blanks. Tags are IOB2, or IOB1, BIOES and BILOU, all read as ``conlleval`` does: an I or
    E that continues no span of its type begins one. A line ``# label = x`` before a text has its label, other lines
    that begin with ``#`` and are no columns are left out, and so is ``-DOCSTART-``.

    Args:
        path: plain or gzip.
        bad: takes texts that cannot be used; a text with several wrong lines is named by the first.
        form: how labels are read.
        several: whether a text may have several labels, in one line or in several.
        known: types that there may be; None for any.

    Raises:
        InputError: as for ``raw_lines``, or from ``bad``.
    """
    reader = _Reader(form, several, known)
    for line in decoded_lines(path):
        stripped = line.text.strip(" \t\r\n")
        if not stripped or stripped.startswith(_DOCUMENT):
            if row := reader.ended(bad):
                yield row
        else:
            reader.take(line, stripped)
    if row := reader.ended(bad):
        yield row
    reader.finish(bad)


@dataclass(slots=True)
class _Reader:
    """The text in hand.

    Attributes:
        form, several, known: as of ``read_conll``.
        width: columns of the first line that has any, and where that is.
        begun: whether the text has a line besides its labels'.
        words, tags, line: of the text, and where its first word stands.
        labels: of the text, None without a line that has one.
        label_line: where the first one stands.
        size: characters of the words.
        problem: the first line that cannot be used, and why.
    """

    form: LabelForm
    several: bool
    known: Collection[str] | None
    width: tuple[int, int] | None = None
    begun: bool = False
    words: list[str] = field(default_factory=list)
    tags: list[tuple[str, str]] = field(default_factory=list)
    line: int = 0
    labels: dict[str, None] | None = None
    label_line: int = 0
    size: int = 0
    problem: tuple[int, str] | None = None

    def take(self, line: Line, stripped: str) -> None:
        """Reads a line of the text."""
        if line.problem:
            self.begun = True
            self._wrong(line.number, line.problem)
            return
        if found := _LABEL.fullmatch(stripped):
            self._take_label(line.number, found[1])
            return
        columns = _split(stripped)
        if stripped.startswith("#") and not self._are_columns(columns):
            return
        self.begun = True
        self._take_word(line.number, columns)

    def ended(self, bad: BadRows) -> SpanRow | None:
        """The text, where there is one that can be used."""
        if not self.begun:
            return None  # what was said of its label stays for the text behind the blank line
        row = None
        if self.problem is not None:
            bad.add(*self.problem)
        else:
            labels = None if self.labels is None else tuple(self.labels)
            row = SpanRow(" ".join(self.words), self._spans(), labels, self.line)
        self.words, self.tags, self.line, self.size, self.begun = [], [], 0, 0, False
        self.labels, self.label_line, self.problem = None, 0, None
        return row

    def finish(self, bad: BadRows) -> None:
        """Ends the file."""
        if self.problem is not None:
            bad.add(*self.problem)
        elif self.label_line:
            bad.add(self.label_line, "a label without a text; remove the line")

    def _wrong(self, line: int, problem: str) -> None:
        self.problem = self.problem or (line, problem)

    def _take_label(self, line: int, value: str) -> None:
        if self.begun:
            self._wrong(line, "a label inside a text; put a blank line before it")
            return
        labels, problem = self.form.read(value.strip(), "label")
        if problem:
            self._wrong(line, f"the label {problem}")
        elif self.labels is not None and not self.several:
            self._wrong(
                line,
                f"a second label for the text, the first is in line {self.label_line}; a text has one label here. "
                "Of texts with several labels: neurolite-train --multi-label",
            )
        else:
            self.labels = {} if self.labels is None else self.labels
            self.labels.update(dict.fromkeys(labels))
            self.label_line = self.label_line or line

    def _are_columns(self, columns: list[str]) -> bool:
        """Whether a line that begins with ``#`` has a word and a tag: it ends in one and has the usual columns."""
        width = 2 if self.width is None else self.width[0]
        return len(columns) == width and _TAG.fullmatch(columns[-1]) is not None

    def _take_word(self, line: int, columns: list[str]) -> None:
        found = _TAG.fullmatch(columns[-1])
        if len(columns) < 2 or not columns[0]:
            self._wrong(line, f"{shown(columns[0])} stands alone; give a word and its tag")
            return
        if self.width is None:
            self.width = (len(columns), line)
        if len(columns) != self.width[0]:
            self._wrong(
                line,
                f"{len(columns)} columns where line {self.width[1]} has {self.width[0]}; "
                "separate columns by tabs where a word holds a blank",
            )
        elif found is None:
            self._wrong(
                line, f"the tag is {shown(columns[-1])}; give O, B-type or I-type (or E, S, L, U)"
            )
        elif found[2] is not None and (problem := type_problem(found[2], self.known)):
            self._wrong(line, problem)
        elif self.size + len(columns[0]) > MAX_LINE:
            self._wrong(line, f"a text of more than {MAX_LINE:,} characters; part it")
        else:
            self.line = self.line or line
            self.size += len(columns[0]) + 1
            self.words.append(columns[0])
            self.tags.append((_OUTSIDE, "") if found[1] is None else (found[1], found[2]))

    def _spans(self) -> tuple[TypedSpan, ...]:
        spans: list[TypedSpan] = []
        place, before, own = 0, _OUTSIDE, ""
        for word, (letter, name) in zip(self.words, self.tags, strict=True):
            sign = _SAME.get(letter, letter)
            if sign != _OUTSIDE:
                begins = sign in "BS" or before in "OES" or name != own
                start = place if begins else spans.pop().start
                spans.append(TypedSpan(start, place + len(word), name))
            before, own = sign, name
            place += len(word) + 1
        return tuple(spans)


def _split(line: str) -> list[str]:
    if "\t" in line:
        return [column.strip(" ") for column in line.split("\t")]
    return _COLUMNS.split(line)
