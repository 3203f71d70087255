"""What a model's files are called: readable in any script, and the same on every file system."""

from __future__ import annotations

import os
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Final

from neurolite_core.ground.errors import InputError
from neurolite_export.source import Source

LONGEST: Final = 120  # bytes of UTF-8: with what is added, a file name stays below 255
_KINDS: Final = "LMN"  # letters, marks and numbers, in the general categories of Unicode
_OTHERS: Final = "._-"
FALLBACK: Final = "checkpoint"


def model_name(text: str) -> str:
    """A text as a model's name: what is no letter, mark, number, dot, dash or underscore becomes a dash.

    In NFC, as file systems differ in the form that they keep; ``checkpoint`` where nothing is left.
    """
    kept = "".join(
        character if _may_stay(character) else " "
        for character in unicodedata.normalize("NFC", text)
    )
    name = "-".join(kept.split()).strip("-.")
    short = name.encode()[:LONGEST].decode("utf-8", "ignore").strip("-.")
    return short or FALLBACK


def named(source: Source, folder: Path, name: str | None = None) -> Source:
    """A checkpoint's model under the name that was asked for, else its folder's, of a link the link's own.

    Raises:
        InputError: a name that cannot be that of a file.
    """
    if name is None:
        return replace(source, name=model_name(Path(os.path.abspath(folder)).name))  # noqa: PTH100  # keeps links
    if model_name(name) != unicodedata.normalize("NFC", name):
        raise InputError(
            f"--name is {name[:LONGEST]!r}; give letters, digits, '.', '_' and '-', at most {LONGEST} bytes, "
            f"such as {model_name(name)!r}."
        )
    return replace(source, name=unicodedata.normalize("NFC", name))


def _may_stay(character: str) -> bool:
    return character in _OTHERS or unicodedata.category(character)[0] in _KINDS
