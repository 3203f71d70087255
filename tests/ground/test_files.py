"""Atomic writing and limited reading."""

from __future__ import annotations

import errno
import mmap
import os
import re
import tempfile
from pathlib import Path

import numpy as np
import pytest

from neurolite_core.artifact.package import Package, write_content
from neurolite_core.ground.errors import ArtifactError, InputError, MissingDependencyError
from neurolite_core.ground.extras import require
from neurolite_core.ground.files import (
    read_into_pages,
    read_limited,
    require_writable,
    write_atomically,
)
from neurolite_core.ground.locks import locked


def test_writing_replaces_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file.bin"
    write_atomically(path, b"one")
    write_atomically(path, b"two")
    assert path.read_bytes() == b"two"
    assert [item.name for item in path.parent.iterdir()] == ["file.bin"]


def test_a_failed_write_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file.bin"
    write_atomically(path, b"old")

    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(InputError, match="No space left"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert [item.name for item in tmp_path.iterdir()] == ["file.bin"]


@pytest.mark.parametrize(
    ("number", "fix"),
    [
        (errno.ENOSPC, "Make room there, or choose a folder on another disk."),
        (errno.ENAMETOOLONG, "Choose a shorter name."),
        (errno.EACCES, "Choose a folder that you may write to."),
        (errno.EROFS, "Choose a folder that you may write to."),
    ],
)
def test_what_helps_depends_on_why(
    number: int, fix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(tempfile, "mkstemp", fails)
    monkeypatch.setattr(tempfile, "mkdtemp", fails)
    monkeypatch.setattr(tempfile, "TemporaryFile", fails)
    why = re.escape(f"{os.strerror(number)}. {fix}") + "$"
    with pytest.raises(InputError, match=why):
        write_atomically(tmp_path / "file", b"")
    with pytest.raises(InputError, match=why):
        write_content(tmp_path / "a.mlpackage", Package({"one": b""}))
    with pytest.raises(InputError, match=why):
        require_writable(tmp_path)
    monkeypatch.setattr(os, "open", fails)
    with pytest.raises(InputError, match=why), locked(tmp_path, "x", "works in"):
        pass


def test_a_file_where_a_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="Cannot write to the folder"):
        require_writable(tmp_path / "file")
    with pytest.raises(InputError, match="Cannot write"):
        write_atomically(tmp_path / "file" / "inner", b"")


def test_reading_is_limited(tmp_path: Path) -> None:
    path = tmp_path / "big"
    path.write_bytes(b"x" * 100)
    assert read_limited(path, 100) == b"x" * 100
    with pytest.raises(ArtifactError, match="100 bytes"):
        read_limited(path, 99, ArtifactError)
    with pytest.raises(InputError, match="Cannot read"):
        read_limited(tmp_path, 2**20)


def test_pages_hold_a_file_and_nothing_that_others_write_into_it(tmp_path: Path) -> None:
    path = tmp_path / "model"
    path.write_bytes(bytes(range(256)) * 40)
    pages = read_into_pages(path, 10_240)
    assert np.frombuffer(pages, np.uint8).ctypes.data % mmap.PAGESIZE == 0
    with path.open(
        "r+b"
    ) as stream:  # a map of a file would show this, and end the process after that
        stream.write(b"other")
        stream.truncate(5)
    assert bytes(pages) == bytes(range(256)) * 40


def test_pages_are_limited_and_of_regular_files(tmp_path: Path) -> None:
    path = tmp_path / "model"
    path.write_bytes(b"x" * 100)
    with pytest.raises(ArtifactError, match="at most 99 are read"):
        read_into_pages(path, 99, ArtifactError)
    path.write_bytes(b"")
    with pytest.raises(ArtifactError, match="is empty"):
        read_into_pages(path, 99, ArtifactError)
    for other in (tmp_path, tmp_path / "absent"):
        with pytest.raises(InputError, match=r"Cannot read|a folder"):
            read_into_pages(other, 99)


@pytest.mark.skipif(not Path("/proc/version").is_file(), reason="this system has no /proc")
def test_a_file_that_does_not_say_its_size_is_limited_to_the_byte() -> None:
    path = Path("/proc/version")
    content = path.read_bytes()
    assert path.stat().st_size == 0
    assert read_limited(path, len(content)) == content
    for limit in (len(content) - 1, 1, 0):
        with pytest.raises(InputError, match=f"at most {limit:,} bytes"):
            read_limited(path, limit)


def test_a_missing_dependency_names_its_command() -> None:
    with pytest.raises(MissingDependencyError, match=r"pip install 'neurolite\[export\]'"):
        require("no_such_module_anywhere", extra="export")
