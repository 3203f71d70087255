"""Lines of a text file from outside, plain or gzip, in constant memory; rows that cannot be used."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from neurolite_core.ground.checks import require_choice
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.files import opened
from neurolite_core.ground.values import shown

MAX_LINE: Final = 2**22  # bytes; longer is not a text file, and would not stream
MAX_SHOWN: Final = 20
POLICIES: Final = ("raise", "skip")
_GZIP: Final = b"\x1f\x8b"
_UTF8_MARK: Final = b"\xef\xbb\xbf"
# The longer first: the mark of UTF-32 begins with that of UTF-16.
_WIDE_MARKS: Final = (
    (b"\xff\xfe\0\0", "UTF-32"),
    (b"\0\0\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be used.

    Attributes:
        line: where it begins, from 1.
        problem: what was found and how to put it right.
    """

    line: int
    problem: str


class BadRows:
    """Collects rows that cannot be used: refused together, or left out and counted.

    Args:
        name: of the file, for messages.
        policy: "raise" or "skip".
        unit: what a place in the file is called: line, or row.

    Attributes:
        count: how many there were.
        first: the first 20 of them.

    Raises:
        InputError: no such policy.
    """

    def __init__(self, name: str, policy: str = "raise", *, unit: str = "line") -> None:
        require_choice("on_bad", policy, POLICIES)
        self.name = name
        self.policy = policy
        self.unit = unit
        self.count = 0
        self.first: list[BadRow] = []

    def add(self, line: int, problem: str) -> None:
        """Notes a row.

        Raises:
            InputError: it is the 20th and the policy is "raise"; the message has them all.
        """
        self.count += 1
        if len(self.first) < MAX_SHOWN:
            self.first.append(BadRow(line, problem))
        if self.count == MAX_SHOWN and self.policy == "raise":
            raise InputError(self._message())

    def finish(self) -> None:
        """Ends the file.

        Raises:
            InputError: there were such rows and the policy is "raise"; the message has them all.
        """
        if self.count and self.policy == "raise":
            raise InputError(self._message())

    def _message(self) -> str:
        if self.count == 1:
            return f"{self.name}, {self.unit} {self.first[0].line}: {self.first[0].problem}."
        rows = "".join(f"\n  {self.unit} {row.line}: {row.problem}." for row in self.first)
        many = f"{MAX_SHOWN} rows or more" if self.count == MAX_SHOWN else f"{self.count} rows"
        return f"{self.name}: {many} cannot be used; correct or remove them:{rows}"


class Line(NamedTuple):
    """A decoded line with its end; ``problem`` says why it cannot be used, if so."""

    number: int
    text: str
    problem: str | None


def require_narrow(beginning: bytes, name: str) -> None:
    """Refuses text that says in its first bytes that it is UTF-16 or UTF-32, as PowerShell's ``>`` writes it.

    Raises:
        InputError: it does.
    """
    for mark, encoding in _WIDE_MARKS:
        if beginning.startswith(mark):
            raise InputError(
                f"{name} is {encoding}; save it as UTF-8. In PowerShell: Get-Content OLD | "
                "Set-Content -Encoding utf8 NEW"
            )


def raw_lines(path: Path) -> Iterator[bytes]:
    """Lines of a file with their ends, at most 4 MiB each; gzip is recognised by content.

    Raises:
        InputError: unreadable, no regular file, damaged gzip, UTF-16, or a line that is too long.
    """
    with opened(path) as plain:
        try:
            packed = plain.peek(2)[:2] == _GZIP
            stream = io.BufferedReader(gzip.GzipFile(fileobj=plain)) if packed else plain
            require_narrow(stream.peek(4), str(path))
            number = 0
            while line := stream.readline(MAX_LINE + 1):
                number += 1
                if len(line) > MAX_LINE:
                    raise InputError(
                        f"{path}, line {number}: longer than {MAX_LINE:,} bytes; is it a text file?"
                    )
                yield line
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise InputError(
                f"{path} is damaged or cut off (gzip: {error}); copy it again."
            ) from error


def decoded_lines(path: Path) -> Iterator[Line]:
    """UTF-8 lines, a byte order mark left out; those with other bytes or NUL carry their problem.

    Raises:
        InputError: as for ``raw_lines``.
    """
    for number, data in enumerate(raw_lines(path), start=1):
        line = data.removeprefix(_UTF8_MARK) if number == 1 else data
        problem = None
        try:
            text = line.decode()
        except UnicodeDecodeError as error:
            text = line.decode("utf-8", "replace")
            before = shown(line[max(0, error.start - 20) : error.start].decode("utf-8", "replace"))
            problem = (
                f"not UTF-8: byte 0x{line[error.start]:02x} after {before}; save the file as UTF-8"
            )
        if "\0" in text:
            problem = "holds a NUL character; is it a text file? Remove the character"
        yield Line(number, text, problem)
