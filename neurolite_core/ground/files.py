"""Reading files from outside with limits, and writing ours atomically."""

from __future__ import annotations

import contextlib
import hashlib
import io
import mmap
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from neurolite_core.ground.errors import InputError
from neurolite_core.ground.unwritable import cannot_write

_PART = 2**16  # bytes


def write_atomically(path: Path, content: bytes) -> None:
    """Writes a file so that readers see the old content or all of the new one, never a part.

    Raises:
        InputError: the folder cannot be created or written.
    """
    with replaced_atomically(path) as stream:
        stream.write(content)


@contextlib.contextmanager
def replaced_atomically(path: Path) -> Iterator[BinaryIO]:
    """A stream whose content takes the place of a file when the block ends; not if it fails.

    Raises:
        InputError: the folder cannot be created or written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            temporary.chmod(0o666 & ~_umask())
            temporary.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
    except OSError as error:
        raise InputError(cannot_write(path, error)) from error


def require_writable(folder: Path) -> None:
    """Creates a folder if need be and proves that files can be written there, before long work.

    Raises:
        InputError: it is a file, or cannot be created or written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise InputError(cannot_write(folder, error, what="write to the folder")) from error


@contextlib.contextmanager
def opened(path: Path, kind: type[InputError] = InputError) -> Iterator[io.BufferedReader]:
    """A regular file, to be read. Others may have no end, or wait for somebody.

    Raises:
        kind: missing, unreadable, or a folder, pipe, socket or device.
    """
    try:
        # Without waiting for who writes into a pipe; Windows has no such flag, and no such files.
        handle = os.open(
            path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        )
        with os.fdopen(handle, "rb") as stream:
            mode = os.fstat(stream.fileno()).st_mode
            if not stat.S_ISREG(mode):
                raise kind(f"{path} is {_what(mode)}; give a regular file.")
            yield stream
    except OSError as error:
        raise kind(f"Cannot read {path}: {error.strerror or error}.") from error


def _what(mode: int) -> str:
    kinds = (
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISFIFO, "a pipe"),
        (stat.S_ISSOCK, "a socket"),
    )
    return next((name for test, name in kinds if test(mode)), "a device")


def read_limited(path: Path, limit: int, kind: type[InputError] = InputError) -> bytes:
    """A file's content.

    Raises:
        kind: missing, unreadable, no regular file, or larger than ``limit`` bytes.
    """
    with opened(path, kind) as stream:
        size = _checked_size(stream, path, limit, kind)
        content = stream.read(size + 1)
        if len(content) <= size:
            return content
        # It grows, or does not say its size, as files of /proc.
        parts, left = [content], limit - len(content)
        while left >= 0 and (part := stream.read(min(left, _PART) + 1)):
            parts.append(part)
            left -= len(part)
        if left < 0:
            raise _too_large(path, limit, kind)
        return b"".join(parts)


def read_in_parts(
    path: Path, limit: int, kind: type[InputError] = InputError, *, part: int = _PART
) -> Iterator[bytes]:
    """A file's content, at most ``part`` bytes at a time.

    Raises:
        kind: missing, unreadable, no regular file, or larger than ``limit`` bytes.
    """
    with opened(path, kind) as stream:
        _checked_size(stream, path, limit, kind)
        left = limit
        while content := stream.read(part):
            left -= len(content)
            if left < 0:
                raise _too_large(path, limit, kind)
            yield content


def read_into_pages(path: Path, limit: int, kind: type[InputError] = InputError) -> mmap.mmap:
    """A file's content in memory of its own: it begins at a page, and goes back to the system when it is let go.

    It is no map of the file, which others may change or cut while it is used.

    Raises:
        kind: missing, unreadable, empty, no regular file, larger than ``limit`` bytes, or changed meanwhile.
    """
    with opened(path, kind) as stream:
        size = _checked_size(stream, path, limit, kind)
        if not size:
            raise kind(f"{path} is empty.")
        content = _pages(size)
        if stream.readinto(content) != size or stream.read(1):
            raise kind(f"{path} changed while it was read; try again.")
        return content


def _pages(size: int) -> mmap.mmap:
    """Zeros that no other process sees; Windows knows no other ones."""
    if sys.platform == "win32":
        return mmap.mmap(-1, size)
    return mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)


@contextlib.contextmanager
def mapped(path: Path, limit: int, kind: type[InputError] = InputError) -> Iterator[mmap.mmap]:
    """A file's content without a copy in memory; not for longer than the block.

    Raises:
        kind: missing, unreadable, empty, no regular file, or larger than ``limit`` bytes.
    """
    with opened(path, kind) as stream:
        if not _checked_size(stream, path, limit, kind):
            raise kind(f"{path} is empty.")
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
            yield content


def _checked_size(stream: io.BufferedReader, path: Path, limit: int, kind: type[InputError]) -> int:
    size = os.fstat(stream.fileno()).st_size
    if size > limit:
        raise kind(f"{path} has {size:,} bytes; at most {limit:,} are read. Is it the right file?")
    return size


def _too_large(path: Path, limit: int, kind: type[InputError]) -> InputError:
    return kind(f"{path} has no end; at most {limit:,} bytes are read. Is it the right file?")


def read_beginning(path: Path, size: int, kind: type[InputError] = InputError) -> bytes:
    """The first ``size`` bytes of a file, or all where it has fewer.

    Raises:
        kind: missing, unreadable, or no regular file.
    """
    with opened(path, kind) as stream:
        return stream.read(size)


def file_digest(path: Path) -> str:
    """SHA-256 of a file of any size, as 64 hex digits.

    Raises:
        InputError: unreadable.
    """
    with opened(path) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
