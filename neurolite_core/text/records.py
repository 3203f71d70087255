"""Rows of delimited text and JSON lines, one at a time and each with the line where it begins.

Delimited text is RFC 4180, read by the standard library's csv module in its strict mode. TSV files
are written with and without quoting; a row that does not parse with it is read without.
"""

from __future__ import annotations

import csv
import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Final

from neurolite_core.ground.values import shown
from neurolite_core.text.lines import MAX_LINE, BadRows, Line, decoded_lines

TAB: Final = "\t"
_DECLARED: Final = re.compile(r'"?sep=([^\w\s"]|\t)"?', re.IGNORECASE)


def read_delimited(path: Path, bad: BadRows, *, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Rows of a delimited file; as ``delimited_rows``.

    Args:
        path: plain or gzip.
        bad: takes rows that cannot be read.
        delimiter: one character.

    Raises:
        InputError: as for ``raw_lines``, or from ``bad``.
    """
    return delimited_rows(decoded_lines(path), bad, delimiter=delimiter)


def delimited_rows(
    lines: Iterable[Line], bad: BadRows, *, delimiter: str
) -> Iterator[tuple[int, list[str]]]:
    """Rows of delimited text, blank lines left out; the first row says how many fields there are.

    Args:
        lines: of the text; one that declares the delimiter, as ``sep=;``, is left out.
        bad: takes rows that cannot be read; reading goes on after them.
        delimiter: one character.

    Yields:
        The line where the row begins, from 1, and its fields.

    Raises:
        InputError: from ``bad``.
    """
    # Process-wide, so it is only ever raised; the feed below has its own limit.
    csv.field_size_limit(max(csv.field_size_limit(), MAX_LINE + 1))
    feed = _Feed(_without_declaration(iter(lines)))
    reader = csv.reader(feed, delimiter=delimiter, strict=True)
    first, width = 1, 0
    while True:
        try:
            fields, problem = feed.row(reader)
        except StopIteration:
            return
        blank = not fields or (width != 1 and len(fields) == 1 and not fields[0].strip())
        if blank and not problem:
            continue
        if delimiter == TAB and width and (problem or len(fields) != width or len(feed.taken) > 1):
            literal = feed.taken[0].text.rstrip("\r\n").split(TAB)
            if len(literal) == width:
                fields, problem = literal, None
                feed.give_back()
        if problem:
            feed.give_back()
        problem = problem or _unusable(feed.taken, fields, width, first)
        if problem:
            bad.add(feed.taken[0].number, problem)
        else:
            first = first if width else feed.taken[0].number
            width = width or len(fields)
            yield feed.taken[0].number, fields


def declared_delimiter(line: Line) -> str | None:
    """The delimiter that a first line names in Excel's way, ``sep=;``; None where it does not."""
    found = _DECLARED.fullmatch(line.text.rstrip("\r\n"))
    return found[1] if found and line.number == 1 else None


def _without_declaration(lines: Iterator[Line]) -> Iterator[Line]:
    first = next(lines, None)
    if first is None:
        return iter(())
    return lines if declared_delimiter(first) else chain([first], lines)


def read_json_lines(path: Path, bad: BadRows) -> Iterator[tuple[int, dict[str, Any]]]:
    """Objects of a JSON lines file, blank lines left out.

    Yields:
        The line, from 1, and the object.

    Raises:
        InputError: as for ``raw_lines``, or from ``bad``.
    """
    for line in decoded_lines(path):
        if not line.text.strip():
            continue
        problem = line.problem
        value: Any = None
        if not problem:
            try:
                value = json.loads(line.text)
            except (ValueError, RecursionError) as error:
                problem = f"not valid JSON: {error}; give one object a line"
            else:
                if not isinstance(value, dict):
                    problem = f'{shown(value)} is not an object; give one a line: {{"text": "..."}}'
        if problem:
            bad.add(line.number, problem)
        else:
            yield line.number, value


class _TooLongError(Exception):
    """A quoted field runs on over more than the limit of a line."""


class _Feed:
    """Lines for a csv reader that can be given back after a row that went wrong.

    Attributes:
        taken: the lines of the row in hand.
    """

    def __init__(self, lines: Iterator[Line]) -> None:
        self._lines = lines
        self._back: deque[Line] = deque()
        self._size = 0
        self.taken: list[Line] = []

    def row(self, reader: Iterator[list[str]]) -> tuple[list[str], str | None]:
        """Fields of the next row, or none and what is wrong with it."""
        self.taken = []
        self._size = 0
        try:
            return next(reader), None
        except (csv.Error, _TooLongError) as error:
            return [], _explain(error, self.taken[0])

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        line = self._back.popleft() if self._back else next(self._lines)
        self._size += len(line.text)
        if self.taken and self._size > MAX_LINE:
            self._back.appendleft(line)
            raise _TooLongError
        self.taken.append(line)
        return line.text

    def give_back(self) -> None:
        """All lines of the row but the first, so that one stray quote costs one line."""
        self._back.extendleft(reversed(self.taken[1:]))
        del self.taken[1:]


def _unusable(lines: Sequence[Line], fields: Sequence[str], width: int, first: int) -> str | None:
    if problem := next((line.problem for line in lines if line.problem), None):
        return problem
    if width and len(fields) != width:
        return (
            f"{_fields(len(fields))} where line {first} has {width}, in {shown(lines[0].text.strip())}; "
            'quote a text that holds the delimiter: "..."'
        )
    return None


def _explain(error: Exception, line: Line) -> str:
    message = str(error)
    found = shown(line.text.strip("\r\n"))
    if isinstance(error, _TooLongError) or "unexpected end" in message:
        return (
            f"a quote is opened and never closed in {found}; close it, or write a literal one twice"
        )
    if "expected after" in message:
        return f"text follows a closing quote in {found}; inside quotes write a quote twice"
    if "new-line" in message:
        return f"a lone carriage return in {found}; quote the field, or end lines in \\n or \\r\\n"
    return f"{message} in {found}"


def _fields(count: int) -> str:
    return f"{count} field" if count == 1 else f"{count} fields"
