"""Why a file or folder could not be written, and what helps: a full disk is no matter of permissions."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

_ROOM: Final = "Make room there, or choose a folder on another disk."
_FIXES: Final[Mapping[int, str]] = MappingProxyType(
    {
        errno.ENOSPC: _ROOM,
        getattr(
            errno, "EDQUOT", errno.ENOSPC
        ): _ROOM,  # Windows has no such number on some versions
        errno.EFBIG: "Choose a folder on a disk that takes files of this size.",
        errno.ENAMETOOLONG: "Choose a shorter name.",
        errno.EMFILE: "Raise the limit of open files: ulimit -n.",
        errno.EIO: "The disk failed; choose a folder on another one.",
    }
)
_PLACE: Final = "Choose a folder that you may write to."


def cannot_write(path: Path, error: OSError, *, what: str = "write") -> str:
    """One line for people: the path, the system's reason, and what helps against that reason.

    Args:
        path: of the file or folder.
        error: of the system.
        what: was tried, as in "Cannot write".
    """
    fix = _FIXES.get(error.errno or 0, _PLACE)
    return f"Cannot {what} {path}: {error.strerror or error}. {fix}"
