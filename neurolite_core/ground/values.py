"""Values from outside in messages: quoted and cut, so that a message stays a line."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Final

_SHOWN: Final = 60
_LISTED: Final = 10
_LINE: Final = 1_000
_PATHS: Final = 300


def shown(value: object) -> str:
    """A value for a message, quoted and cut to 60 characters."""
    # Cut before it is quoted: the value may have megabytes.
    text = repr(value[: _SHOWN + 1] if isinstance(value, str | bytes) else value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."


def cut(text: str) -> str:
    """A text for a message, as it is but for its end behind 60 characters."""
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."


def listed(values: Iterable[object]) -> str:
    """The first ten values for a message, each as ``shown``."""
    first = list(islice(values, _LISTED + 1))
    more = ", ..." if len(first) > _LISTED else ""
    return ", ".join(map(shown, first[:_LISTED])) + more


def short_lines(message: str) -> str:
    """A message whose lines have at most 1,000 characters: what is longer loses its middle."""
    return "\n".join(_without_middle(line, _LINE) for line in message.split("\n"))


def joined(paths: Iterable[str]) -> str:
    """Paths for a message: at most 300 characters, with the first one's beginning and the last one's end."""
    return _without_middle(", ".join(paths), _PATHS)


def _without_middle(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    return f"{text[: limit - limit // 5 - 5]} ... {text[-(limit // 5) :]}"
