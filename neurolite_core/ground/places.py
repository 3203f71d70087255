"""Paths in a file of options: relative to the folder that the file is in, so that it runs from anywhere."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Place:
    """Marks an option of type ``str`` as a path, in the ``Annotated`` type of a command's parameter.

    A number (a share of the data) is no path, and what follows ``prefix`` is one only if it is there.

    Attributes:
        prefix: how names that are no paths begin, such as ``hf:``; empty for none.
        names: what stands for itself and is never a path.
    """

    prefix: str = ""
    names: tuple[str, ...] = ()


def placed(text: str, folder: Path, prefix: str = "") -> str:
    """A path of a file in ``folder``, for the working directory; names and numbers as they are."""
    path = _path_in(text, folder, prefix)
    if path is None or Path(path).is_absolute():
        return text
    return text.removesuffix(path) + str(folder / path)


def relative(text: str, folder: Path, prefix: str = "") -> str:
    """A path from the working directory, for a file in ``folder``.

    Absolute ones stay so unless they lie in the folder: a folder may move with what is in it.
    """
    path = _path_in(text, Path(), prefix)
    if path is None:
        return text
    # Parents are resolved, as ".." behind a link leads elsewhere; the name itself may be a link that says more.
    whole = Path(path).parent.resolve() / Path(path).name
    base = folder.resolve()
    if Path(path).is_absolute() and not (whole == base or base in whole.parents):
        return text
    try:
        return text.removesuffix(path) + Path(os.path.relpath(whole, base)).as_posix()
    except ValueError:  # another drive of Windows
        return str(whole)


def _path_in(text: str, folder: Path, prefix: str) -> str | None:
    """The part of the text that is a path; None if nothing of it is."""
    if not text or _is_number(text):
        return None
    if not prefix or not text.startswith(prefix):
        return text
    rest = text.removeprefix(prefix)
    exists = any((folder / name).exists() for name in (rest, rest.rpartition(":")[0]) if name)
    return rest if exists else None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
