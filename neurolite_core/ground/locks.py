"""One process at a time in a folder: a lock of the system, which ends with the process that holds it."""

from __future__ import annotations

import contextlib
import errno
import os
import platform
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from neurolite_core.ground.errors import InputError
from neurolite_core.ground.unwritable import cannot_write

_UNKNOWN_THERE: Final = frozenset(
    {errno.ENOLCK, errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.ENOTSUP}
)
_PAUSE: Final = 0.05  # seconds between two tries
_HOLDER_BYTES: Final = 256
_WINDOWS_OFFSET: Final = 2**30  # behind the text, which others may read


@contextlib.contextmanager
def locked(folder: Path, name: str, doing: str, *, patience: float = 0.0) -> Iterator[None]:
    """Holds ``folder/.NAME.lock``; the file is removed at the end, and one that a killed process left is no lock.

    A file system that has no locks (some of networks) gives none: there the block just runs.

    Args:
        folder: that is there and may be written.
        name: of the lock.
        doing: what another holder does, for the error, such as "trains into".
        patience: seconds to wait for another process; 0 refuses at once.

    Raises:
        InputError: another process holds it, with its number; or the folder cannot be written.
    """
    path = folder / f".{name}.lock"
    handle = _held(path, folder, doing, time.monotonic() + patience)
    try:
        yield
    finally:
        # Removed while it is held: whoever has opened it meanwhile finds another file there, and tries again.
        with contextlib.suppress(OSError):
            path.unlink()
        os.close(handle)


def _held(path: Path, folder: Path, doing: str, until: float) -> int:
    """The descriptor of the lock's file, locked, with this process's number in it."""
    while True:
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666)
        except OSError as error:
            raise InputError(cannot_write(path, error)) from error
        try:
            if _try_lock(handle):
                if _is_at(handle, path):
                    os.ftruncate(handle, 0)
                    os.write(handle, _this_process())
                    return handle
            elif time.monotonic() >= until:
                raise InputError(
                    f"{_holder(handle)} {doing} {folder}. Wait until it ends, end it, or choose another folder."
                )
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)
        time.sleep(_PAUSE)


def _try_lock(handle: int) -> bool:
    """Whether the lock is ours now; also where there are no locks."""
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(handle, _WINDOWS_OFFSET, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
            os.lseek(handle, 0, os.SEEK_SET)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _UNKNOWN_THERE:
            return True
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK):
            return False
        raise
    return True


def _is_at(handle: int, path: Path) -> bool:
    """Whether the file that was opened still is the one at its path."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except OSError:
        return False


def _this_process() -> bytes:
    return f"{os.getpid()} {platform.node()}".encode()


def _holder(handle: int) -> str:
    """Such as ``Process 123``, or ``Process 123 of the machine x``."""
    os.lseek(handle, 0, os.SEEK_SET)
    number, _, machine = os.read(handle, _HOLDER_BYTES).decode("utf-8", "replace").partition(" ")
    if not number.isdecimal():
        return "Another process"
    of = "" if machine in ("", platform.node()) else f" of the machine {machine!r}"
    return f"Process {number}{of}"
