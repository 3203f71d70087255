"""Checks of caller-given values; each failure names the value, what is allowed and the fix."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from neurolite_core.ground.errors import InputError
from neurolite_core.ground.values import shown


def require_range(name: str, value: object, low: int, high: int) -> None:
    """Raises ``InputError`` unless ``value`` is an int (not a bool) from ``low`` to ``high``."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise InputError(f"{name} is {shown(value)}; give a whole number from {low} to {high}.")


def require_fraction(name: str, value: object) -> None:
    """Raises ``InputError`` unless ``value`` is a number with 0 <= value < 1."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1:
        raise InputError(f"{name} is {shown(value)}; give a number from 0 up to, not including, 1.")


def require_path(name: str, value: str | Path) -> Path:
    """A path that was given; raises ``InputError`` for an empty one, which would be the current folder."""
    if value == "":
        raise InputError(f"{name} is empty; give a path, or . for the current folder.")
    return Path(value)


def require_choice(name: str, value: object, allowed: Iterable[str]) -> None:
    """Raises ``InputError`` unless ``value`` is one of ``allowed``."""
    choices = list(allowed)
    if value not in choices:
        raise InputError(f"{name} is {shown(value)}; choose one of: {', '.join(choices)}.")
