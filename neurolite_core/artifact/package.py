"""An artifact's content: the bytes of one file, or a package, which is a folder that counts as one."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from neurolite_core.ground.errors import InputError
from neurolite_core.ground.files import read_limited, write_atomically
from neurolite_core.ground.unwritable import cannot_write

FILE_LIMIT: Final = 2**29  # bytes of an artifact that are read at most
_MOST_FILES: Final = 256  # and folders
_LONGEST_NAME: Final = 128
_DEEPEST: Final = 8


@dataclass(frozen=True, slots=True)
class Package:
    """A folder such as ``model.mlpackage``.

    Attributes:
        files: content by path inside the folder, with forward slashes.
    """

    files: Mapping[str, bytes]


Content = bytes | Package


def read_content(path: Path, limit: int, kind: type[InputError] = InputError) -> Content:
    """A file's bytes, or a folder's files.

    Raises:
        kind: missing, unreadable, over ``limit`` bytes in all, or a folder with links, devices, too many files, or
            names that are too long or too deep.
    """
    if not path.is_dir():
        return read_limited(path, limit, kind)
    files: dict[str, bytes] = {}
    left = limit
    try:
        for name in _files_in(path, kind):
            files[name] = read_limited(path / name, left, kind)
            left -= len(files[name])
    except OSError as error:
        raise kind(f"Cannot read {path}: {error.strerror or error}.") from error
    return Package(files)


def _files_in(path: Path, kind: type[InputError]) -> list[str]:
    """All files of a folder by their path inside it, sorted; links, which could lead out of it, are refused."""
    found: list[str] = []
    folders = [""]
    seen = 0
    while folders:
        inside = folders.pop()
        with os.scandir(path / inside) as entries:
            for entry in entries:
                name = f"{inside}{entry.name}"
                seen += 1
                if seen > _MOST_FILES:
                    raise kind(
                        f"{path} has over {_MOST_FILES} files; it is not a model package. Name the package itself."
                    )
                if len(entry.name) > _LONGEST_NAME or name.count("/") >= _DEEPEST:
                    raise kind(
                        f"{path} has names of over {_LONGEST_NAME} characters or over {_DEEPEST} folders in each "
                        "other; it is not a model package."
                    )
                if entry.is_symlink():
                    raise kind(f"{path}: {name!r} is a link; a package holds files only.")
                if entry.is_dir(follow_symlinks=False):
                    folders.append(f"{name}/")
                else:
                    found.append(name)
    return sorted(found)


def write_content(path: Path, content: Content) -> None:
    """Writes a file or a package atomically; an old one is replaced only when the new one is complete.

    Of a package, which is a folder, that takes two renames; whoever is killed between them leaves nothing at the path,
    and both packages in a folder beside it.

    Raises:
        InputError: the folder cannot be created or written.
    """
    if isinstance(content, bytes):
        write_atomically(path, content)
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
        try:
            new = temporary / "new"
            for name, data in content.files.items():
                write_atomically(new / _checked(name), data)
            if path.exists():
                path.rename(temporary / "old")
            try:
                new.rename(path)
            except OSError:
                with contextlib.suppress(OSError):
                    (temporary / "old").rename(path)
                raise
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    except OSError as error:
        raise InputError(cannot_write(path, error)) from error


def size_of(content: Content) -> int:
    """Bytes in all."""
    if isinstance(content, bytes):
        return len(content)
    return sum(len(data) for data in content.files.values())


def digest_of(content: Content) -> str:
    """SHA-256, hex. A package's is that of ``sha256sum``'s lines for its files, sorted by path.

    The same by hand, inside the package:
    ``find * -type f | LC_ALL=C sort | xargs sha256sum | sha256sum``
    """
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    lines = (
        f"{hashlib.sha256(content.files[name]).hexdigest()}  {name}\n"
        for name in sorted(content.files)
    )
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _checked(name: str) -> Path:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise InputError(f"The package has a file {name!r}; paths must stay inside the package.")
    return Path(path)


def single_file(content: Content) -> bytes:
    """The content of a format that is one file.

    Raises:
        InputError: it is a package.
    """
    if isinstance(content, bytes):
        return content
    raise InputError("It is a folder; this format is a single file.")
