"""Where in a TOML file something stands, as the standard library's parser does not say."""

from __future__ import annotations

import re
from typing import Final

from neurolite_core.ground.errors import InputError

_RULE: Final = re.compile(r"^\s*\[\[\s*[\"']?rules[\"']?\s*\]\]")
_TABLE: Final = re.compile(r"^\s*\[")
_KEY: Final = re.compile(r"^\s*(\"(?:[^\"\\]|\\.)*\"|'[^']*'|[A-Za-z0-9_-]+)\s*=")
_TOKEN: Final = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'[^']*'|#.*")


class Lines:
    """Lines of a file of rules, from 1; 0 where it is written in a way that is not looked through.

    Args:
        source: name of the file, for messages.
        text: its content.
    """

    def __init__(self, source: str, text: str) -> None:
        self.source = source
        self._lines = text.splitlines()
        self._rules = [at for at, line in enumerate(self._lines) if _RULE.match(line)]

    def error(self, line: int, message: str) -> InputError:
        """An error that names file and line."""
        where = f"{self.source}, line {line}" if line else self.source
        return InputError(f"{where}: {message}")

    def rule(self, number: int, key: str | None = None) -> int:
        """Line of a rule, from 0, or of one of its keys; of the rule where it has no such line."""
        if number >= len(self._rules):
            return 0
        first = self._rules[number]
        if key is not None:
            for at in range(first + 1, len(self._lines)):
                if _TABLE.match(self._lines[at]):
                    break
                if _key_of(self._lines[at]) == key:
                    return at + 1
        return first + 1

    def fact(self, name: str, entry: int = 0) -> int:
        """Line of an entry of a fact, counted from 0."""
        inside = False
        for at, line in enumerate(self._lines):
            if _TABLE.match(line) and not line.lstrip().startswith("[["):
                inside = re.match(r"^\s*\[\s*facts\s*\]", line) is not None
            elif inside and _key_of(line) == name:
                return self._entry(at, entry)
        return 0

    def _entry(self, first: int, entry: int) -> int:
        """Line of the string of this number behind a key."""
        begin = self._lines[first].index("=") + 1
        for at in range(first, len(self._lines)):
            if at > first and (_KEY.match(self._lines[at]) or _TABLE.match(self._lines[at])):
                break
            tokens = _TOKEN.findall(self._lines[at][begin if at == first else 0 :])
            found = [token for token in tokens if not token.startswith("#")]
            if entry < len(found):
                return at + 1
            entry -= len(found)
        return first + 1


def _key_of(line: str) -> str | None:
    found = _KEY.match(line)
    return None if found is None else found[1].strip("\"'")
