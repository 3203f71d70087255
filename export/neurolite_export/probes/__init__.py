"""Texts on which every export is checked: a built-in multilingual set, or the user's own file."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Final

from neurolite_core.errors import InputError
from neurolite_core.files import read_limited

MAX_PROBES: Final = 200_000
_FILE_LIMIT: Final = 2**28
_LONG_TEXT_SENTENCES: Final = (4, 12, 40)
_LONG_TEXTS: Final = 8


@dataclass(frozen=True, slots=True)
class Probes:
    """Texts to check an export on.

    Attributes:
        source: where they come from, for the report.
        texts: N texts, raw bytes.
        labels: N labels, or None.
    """

    source: str
    texts: tuple[bytes, ...]
    labels: tuple[str, ...] | None = None


# Bytes that no keyboard types but that files, sockets and attackers send.
HOSTILE_TEXTS: Final[tuple[bytes, ...]] = (
    b"",
    b" ",
    b"\t\r\n \xc2\xa0\xe3\x80\x80",
    b"\0",
    b"nul\0inside\0a text",
    b"\xff\xfe\xfd",
    b"caf\xe9 in Latin-1",
    b"cut in a character \xe4\xb8",
    b"\xed\xa0\x80 lone surrogate \xed\xbf\xbf",
    b"overlong \xc0\xaf \xe0\x80\xaf \xf0\x80\x80\xaf",
    b"\x80\x80\x80\x80",
    b"\xf7\xbf\xbf\xbf beyond Unicode \xf8\x88\x80\x80\x80",
    b"\xef\xbb\xbfbyte order mark",
    "zero\u200bwidth \u202eright to left\u202c soft\u00adhyphen".encode(),
    b"x" * 5_000,
    b"y " * 600,
    "字".encode() * 1_500,
)


@cache
def built_in_probes() -> Probes:
    """The project's own set: sentences in some 90 languages, long texts made of them, hostile bytes."""
    content = resources.files(__package__).joinpath("multilingual.txt").read_text("utf-8")
    sentences = content.splitlines()
    long_texts = [
        " ".join(sentences[(start * 23 + i) % len(sentences)] for i in range(count))
        for count in _LONG_TEXT_SENTENCES
        for start in range(_LONG_TEXTS)
    ]
    texts = [text.encode() for text in (*sentences, *long_texts)]
    return Probes("built-in multilingual set", (*texts, *HOSTILE_TEXTS))


def read_probes(path: Path, known_labels: Sequence[str]) -> Probes:
    """The user's own texts.

    Args:
        path: ``.txt`` (a text a line), ``.csv`` or ``.tsv`` (header with ``text`` and, if labelled,
            ``label``), or ``.jsonl`` (objects with the same keys).
        known_labels: the model's labels.

    Raises:
        InputError: unreadable, malformed (the message names the line), empty, partly labelled, or
            a label that the model does not have.
    """
    kind = path.suffix.lower()
    if kind not in _READERS:
        raise InputError(f"{path} ends in {kind!r}; probe files end in {', '.join(_READERS)}.")
    content = read_limited(path, _FILE_LIMIT)
    rows: list[tuple[int, bytes, str | None]] = []
    for row in _READERS[kind](content, path):
        rows.append(row)
        if len(rows) > MAX_PROBES:
            raise InputError(f"{path} has more than {MAX_PROBES:,} texts; give a sample.")
    if not rows:
        raise InputError(f"{path} holds no text.")
    labels = [label for _, _, label in rows if label]
    if labels and len(labels) < len(rows):
        line = next(number for number, _, label in rows if not label)
        raise InputError(f"{path}, line {line}: no label, though other lines have one.")
    known = set(known_labels)
    for number, _, label in rows:
        if label and label not in known:
            shown = ", ".join(list(known_labels)[:10]) or "none"
            raise InputError(
                f"{path}, line {number}: label {label!r} is not one of the model's: {shown}."
            )
    return Probes(path.name, tuple(text for _, text, _ in rows), tuple(labels) if labels else None)


_Row = tuple[int, bytes, str | None]


def _read_lines(content: bytes, _: Path) -> Iterator[_Row]:
    for number, line in enumerate(content.removesuffix(b"\n").split(b"\n"), start=1):
        yield number, line.removesuffix(b"\r"), None


def _read_table(delimiter: str) -> Callable[[bytes, Path], Iterator[_Row]]:
    def read(content: bytes, path: Path) -> Iterator[_Row]:
        reader = csv.DictReader(
            io.StringIO(_decode(content, path), newline=""), delimiter=delimiter, strict=True
        )
        try:
            if "text" not in (reader.fieldnames or ()):
                found = ", ".join(reader.fieldnames or ()) or "nothing"
                raise InputError(f"{path}, line 1: the header must have 'text'; it has {found}.")
            for row in reader:
                text = row["text"]
                if text is None or None in row:
                    raise InputError(
                        f"{path}, line {reader.line_num}: not as many fields as the header."
                    )
                yield reader.line_num, text.encode(), row.get("label")
        except csv.Error as error:
            raise InputError(f"{path}, line {reader.reader.line_num}: {error}.") from error

    return read


def _read_json_lines(content: bytes, path: Path) -> Iterator[_Row]:
    for number, line in enumerate(_decode(content, path).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{path}, line {number}: not valid JSON: {error}") from error
        text = value.get("text") if isinstance(value, dict) else None
        label = value.get("label") if isinstance(value, dict) else None
        if not isinstance(text, str) or not (label is None or isinstance(label, str)):
            raise InputError(f'{path}, line {number}: must be {{"text": "...", "label": "..."}}.')
        yield number, text.encode("utf-8", "surrogatepass"), label


def _decode(content: bytes, path: Path) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(f"{path}, line {line}: not UTF-8 ({error.reason}).") from error


_READERS: Final[Mapping[str, Callable[[bytes, Path], Iterator[_Row]]]] = MappingProxyType(
    {
        ".txt": _read_lines,
        ".csv": _read_table(","),
        ".tsv": _read_table("\t"),
        ".jsonl": _read_json_lines,
    }
)
