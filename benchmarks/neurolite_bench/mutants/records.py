"""A change that makes a program wrong, and what the tests said of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from neurolite_core.ground.errors import InputError

CAUGHT: Final = "caught"
TIMEOUT: Final = "caught: timeout"
SURVIVED: Final = "survived"
UNCOVERED: Final = "no test covers it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One change of one place in one file.

    Attributes:
        id: a short name, the same from run to run.
        room: a row of ``rooms.ROOMS``.
        file: path inside the tree, with forward slashes.
        start: where ``find`` stands, in bytes from the file's beginning.
        find: what stands there.
        replace: what takes its place.
        note: what it does to a user, or which kind of change was drawn.
    """

    id: str
    room: str
    file: str
    start: int
    find: bytes
    replace: bytes
    note: str

    def applied(self, content: bytes) -> bytes:
        """The file's content with the change.

        Raises:
            InputError: something else stands there.
        """
        end = self.start + len(self.find)
        if content[self.start : end] != self.find:
            raise InputError(f"{self.id}: {self.file} is not the file that it was made for.")
        return content[: self.start] + self.replace + content[end:]

    def lines(self, content: bytes) -> range:
        """Numbers of the lines that change, from 1."""
        first = content.count(b"\n", 0, self.start) + 1
        return range(first, first + self.find.rstrip(b"\n").count(b"\n") + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the tests said of a mutant.

    Attributes:
        outcome: ``CAUGHT``, ``TIMEOUT``, ``SURVIVED`` or ``UNCOVERED``.
        by: the first test that failed, with its file; empty where none did.
        seconds: that it took.
        files: test files that were started with.
        left_out: test files that cover the place, too, but take longer than was allowed.
    """

    outcome: str
    by: str
    seconds: float
    files: int
    left_out: int
