"""How many lines of Python a call runs: a measure of its work that no machine's speed changes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from _typeshed import TraceFunction

Result = TypeVar("Result")


def counted(call: Callable[[], Result]) -> tuple[Result, int]:
    """What the call gives, and the lines it ran in this thread, comprehensions' turns among them."""
    lines = 0

    def count(_frame: FrameType, event: str, _value: object) -> TraceFunction:
        nonlocal lines
        lines += event == "line"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        found = call()
    finally:
        sys.settrace(before)
    return found, lines
