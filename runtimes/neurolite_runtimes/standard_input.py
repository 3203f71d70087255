"""Texts as a command is given them: bytes that were typed, and lines of standard input."""

from __future__ import annotations

import codecs
import io
import os
import sys
from collections.abc import Iterator
from typing import Final, cast

from neurolite_core.ground.errors import InputError
from neurolite_core.text.lines import require_narrow

_READ_BYTES: Final = 1 << 18
_MARK_BYTES: Final = 4


def typed_bytes(text: str) -> bytes:
    """The bytes that were typed, also where they are not UTF-8."""
    try:
        return os.fsencode(text)
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def lines_in() -> Iterator[list[bytes]]:
    """Lines of standard input, as many at a time as are there, so that a slow pipe is answered at once.

    Raises:
        InputError: there is none: it is closed, or a terminal; or it is not UTF-8 but a wider encoding.
    """
    batches = _all_lines()
    # The mark that some editors put before UTF-8 is no part of the first text.
    for first, *others in batches:
        yield [first.removeprefix(codecs.BOM_UTF8), *others]
        break
    yield from batches


def _all_lines() -> Iterator[list[bytes]]:
    if sys.stdin is None:
        raise InputError("No text given, and standard input is closed. Write texts after the file.")
    if sys.stdin.isatty():
        raise InputError(
            "No text given. Write texts after the file, or pipe lines in: ... < texts.txt"
        )
    stream = cast("io.BufferedReader", sys.stdin.buffer)
    pending: list[bytes] = []
    beginning = b""
    while chunk := stream.read1(_READ_BYTES):
        if len(beginning) < _MARK_BYTES:
            beginning += chunk[:_MARK_BYTES]
            require_narrow(beginning, "Standard input")
        head, newline, rest = chunk.rpartition(b"\n")
        if newline:
            lines = b"".join([*pending, head]).split(b"\n")
            pending = [rest]
            yield [line.removesuffix(b"\r") for line in lines]
        else:
            pending.append(chunk)
    last = b"".join(pending)
    if last:
        yield [last.removesuffix(b"\r")]
