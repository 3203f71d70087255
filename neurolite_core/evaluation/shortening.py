"""How much of a text a report keeps."""

from __future__ import annotations

from typing import Final

_TEXT_LENGTH: Final = 500  # characters


def shortened(text: str) -> str:
    """At most 500 characters of a text, the last of which then says that there was more."""
    return text if len(text) <= _TEXT_LENGTH else text[: _TEXT_LENGTH - 1] + "…"
