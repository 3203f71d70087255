"""What separates the fields of a delimited file: as it says itself, else as its first lines show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

from neurolite_core.ground.errors import InputError
from neurolite_core.ground.values import shown
from neurolite_core.text.lines import BadRows, Line, decoded_lines
from neurolite_core.text.records import TAB, declared_delimiter, delimited_rows

# Those that are recognised, the likelier first.
DELIMITERS: Final[Mapping[str, str]] = MappingProxyType(
    {",": "commas", ";": "semicolons", TAB: "tabs", "|": "bars"}
)
_TYPED: Final = MappingProxyType(
    {"tab": TAB, "\\t": TAB, "comma": ",", "semicolon": ";", "bar": "|", "pipe": "|"}
)
_SAMPLE_LINES: Final = 200
_SAMPLE_CHARACTERS: Final = 2**20
_FITTING: Final = 0.8


def require_delimiter(value: str) -> str:
    """The character that ``--delimiter`` means; ``tab`` may be written as a word.

    Raises:
        InputError: not one character, or one that cannot separate fields.
    """
    character = _TYPED.get(value.lower(), value)
    if len(character) != 1 or character.isalnum() or character in '"\r\n\0 ' or _is_half(character):
        raise InputError(
            f"--delimiter is {shown(value)}; give one character that is no letter, digit, quote or "
            "space, such as ';', or tab."
        )
    return character


def find_delimiter(path: Path, usual: str) -> str:
    """The delimiter of a file: of its line ``sep=;``, else the one that its first 200 lines agree on.

    Another than the usual one has to part line 1, and at least 80 % of the rows as line 1, and more of
    them than the usual one does.

    Args:
        path: plain or gzip.
        usual: of files with its ending.

    Raises:
        InputError: as for ``raw_lines``.
    """
    lines = _first_lines(path)
    if lines and (declared := declared_delimiter(lines[0])):
        return declared
    best, (width, most) = usual, _fit(lines, usual)
    if width < 2:
        most = 0.0
    for delimiter in DELIMITERS:
        width, share = _fit(lines, delimiter)
        if width > 1 and share >= _FITTING and share > most:
            best, most = delimiter, share
    return best


def delimiter_name(delimiter: str) -> str:
    """For people: ``semicolons``."""
    return DELIMITERS.get(delimiter, shown(delimiter))


def _first_lines(path: Path) -> Sequence[Line]:
    lines, size = [], 0
    for line in decoded_lines(path):
        lines.append(line)
        size += len(line.text)
        if len(lines) == _SAMPLE_LINES or size > _SAMPLE_CHARACTERS:
            break
    return lines


def _fit(lines: Sequence[Line], delimiter: str) -> tuple[int, float]:
    """Fields of line 1, and the share of rows that have as many."""
    bad = BadRows("", "skip")
    rows = [fields for _, fields in delimited_rows(iter(lines), bad, delimiter=delimiter)]
    return (len(rows[0]), len(rows) / (len(rows) + bad.count)) if rows else (0, 0.0)


def _is_half(character: str) -> bool:
    return "\ud800" <= character <= "\udfff"
