"""Checks of caller-given values; each failure names the value, what is allowed and the fix."""

from __future__ import annotations

import errno
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from neurolite_core.ground.errors import InputError
from neurolite_core.ground.values import shown

_SHOWN: Final = 80  # characters of a path that cannot be


def require_range(name: str, value: object, low: int, high: int) -> None:
    """Raises ``InputError`` unless ``value`` is an int (not a bool) from ``low`` to ``high``."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise InputError(f"{name} is {shown(value)}; give a whole number from {low} to {high}.")


def require_fraction(name: str, value: object) -> None:
    """Raises ``InputError`` unless ``value`` is a number with 0 <= value < 1."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1:
        raise InputError(f"{name} is {shown(value)}; give a number from 0 up to, not including, 1.")


def require_path(name: str, value: str | Path) -> Path:
    """A path that was given; raises ``InputError`` for what no file system takes, and for an empty one.

    The empty path would be the current folder.
    """
    if value == "":
        raise InputError(f"{name} is empty; give a path, or . for the current folder.")
    path = Path(value)
    shown = repr(str(path)[:_SHOWN])
    if "\0" in str(path):
        raise InputError(f"{name} is {shown}, with the character U+0000; leave it out.")
    try:
        path.lstat()
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise InputError(f"{name} is {shown}..., which is too long for a file name.") from error
    return path


def require_choice(name: str, value: object, allowed: Iterable[str]) -> None:
    """Raises ``InputError`` unless ``value`` is one of ``allowed``."""
    choices = list(allowed)
    if value not in choices:
        raise InputError(f"{name} is {shown(value)}; choose one of: {', '.join(choices)}.")
