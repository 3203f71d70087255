"""Values from outside in messages: quoted and cut, so that a message stays a line."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Final

_SHOWN: Final = 60
_LISTED: Final = 10
_LINE: Final = 1_000
_END: Final = 200


def shown(value: object) -> str:
    """A value for a message, quoted and cut to 60 characters."""
    # Cut before it is quoted: the value may have megabytes.
    text = repr(value[: _SHOWN + 1] if isinstance(value, str | bytes) else value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."


def listed(values: Iterable[object]) -> str:
    """The first ten values for a message, each as ``shown``."""
    first = list(islice(values, _LISTED + 1))
    more = ", ..." if len(first) > _LISTED else ""
    return ", ".join(map(shown, first[:_LISTED])) + more


def short_lines(message: str) -> str:
    """A message whose lines have at most 1,000 characters: what is longer loses its middle."""
    return "\n".join(map(_short, message.split("\n")))


def _short(line: str) -> str:
    if len(line) <= _LINE:
        return line
    return f"{line[: _LINE - _END - 5]} ... {line[-_END:]}"
