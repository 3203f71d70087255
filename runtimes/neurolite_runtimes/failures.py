"""What libraries throw, in our words."""

from __future__ import annotations


def first_line(error: Exception) -> str:
    """Of what a library says, as much as fits into a sentence."""
    text = str(error).strip()
    return text.splitlines()[0][:300] if text else type(error).__name__
