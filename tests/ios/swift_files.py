"""The Swift files of ios-demo, and its project's file as values."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from texts import ROOT

DEMO: Final = ROOT / "ios-demo"
PACKAGE: Final = DEMO / "NeuroLite"
APP: Final = DEMO / "NeuroLiteDemo"
PROJECT: Final = DEMO / "NeuroLiteDemo.xcodeproj" / "project.pbxproj"
_BUILT: Final = ".build"
_TOKEN: Final = re.compile(
    r'\s+|//[^\n]*|/\*.*?\*/|("(?:[^"\\]|\\.)*"|[A-Za-z0-9_./<>-]+|[{}()=;,])', re.DOTALL
)

Value = str | list["Value"] | dict[str, "Value"]


def swift_files() -> list[Path]:
    """All that are written by hand."""
    found = [path for path in DEMO.rglob("*.swift") if _BUILT not in path.parts]
    return sorted(found)


def read_project(text: str) -> dict[str, Value]:
    """A property list in the old form, as Xcode's projects are.

    Raises:
        ValueError: it is none.
    """
    tokens: list[str] = []
    place = 0
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            raise ValueError(f"byte {place}: {text[place : place + 20]!r}")
        place = found.end()
        if found[1] is not None:
            tokens.append(found[1])
    tokens.reverse()
    value = _value(tokens)
    if tokens or not isinstance(value, dict):
        raise ValueError("something stands behind the project")
    return value


def _value(tokens: list[str]) -> Value:
    token = tokens.pop()
    if token == "{":
        return _entries(tokens)
    if token == "(":
        items: list[Value] = []
        while tokens[-1] != ")":
            items.append(_value(tokens))
            _expect(tokens, ",")
        tokens.pop()
        return items
    if token in ")}=;,":
        raise ValueError(f"{token} in place of a value")
    return token.strip('"')


def _entries(tokens: list[str]) -> dict[str, Value]:
    found: dict[str, Value] = {}
    while tokens[-1] != "}":
        name = tokens.pop().strip('"')
        if name in found:
            raise ValueError(f"{name} stands twice")
        _expect(tokens, "=")
        found[name] = _value(tokens)
        _expect(tokens, ";")
    tokens.pop()
    return found


def _expect(tokens: list[str], wanted: str) -> None:
    token = tokens.pop()
    if token != wanted:
        raise ValueError(f"{token} in place of {wanted}")
