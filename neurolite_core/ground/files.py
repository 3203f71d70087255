"""Reading files from outside with limits, and writing ours atomically."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from neurolite_core.ground.errors import InputError


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
        raise InputError(
            f"Cannot write {path}: {error.strerror or error}. Choose a folder that you may write to."
        ) from error


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
        raise InputError(
            f"Cannot write to the folder {folder}: {error.strerror or error}. "
            "Choose a folder that you may write to."
        ) from error


def read_limited(path: Path, limit: int, kind: type[InputError] = InputError) -> bytes:
    """A file's content.

    Raises:
        kind: the file is missing, a folder, unreadable, or larger than ``limit`` bytes.
    """
    try:
        _check_size(path, limit, kind)
        return path.read_bytes()
    except OSError as error:
        raise kind(f"Cannot read {path}: {error.strerror or error}.") from error


def read_in_parts(
    path: Path, limit: int, kind: type[InputError] = InputError, *, part: int = 2**16
) -> Iterator[bytes]:
    """A file's content, at most ``part`` bytes at a time.

    Raises:
        kind: the file is missing, a folder, unreadable, or larger than ``limit`` bytes.
    """
    try:
        _check_size(path, limit, kind)
        with path.open("rb") as stream:
            while content := stream.read(part):
                yield content
    except OSError as error:
        raise kind(f"Cannot read {path}: {error.strerror or error}.") from error


def _check_size(path: Path, limit: int, kind: type[InputError]) -> None:
    size = path.stat().st_size
    if size > limit:
        raise kind(f"{path} has {size:,} bytes; at most {limit:,} are read. Is it the right file?")


def read_beginning(path: Path, size: int, kind: type[InputError] = InputError) -> bytes:
    """The first ``size`` bytes of a file, or all where it has fewer.

    Raises:
        kind: the file is missing, a folder or unreadable.
    """
    try:
        with path.open("rb") as stream:
            return stream.read(size)
    except OSError as error:
        raise kind(f"Cannot read {path}: {error.strerror or error}.") from error


def file_digest(path: Path) -> str:
    """SHA-256 of a file of any size, as 64 hex digits.

    Raises:
        InputError: unreadable.
    """
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"Cannot read {path}: {error.strerror or error}.") from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
