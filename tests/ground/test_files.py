"""Atomic writing and limited reading."""

from __future__ import annotations

from pathlib import Path

import pytest

from neurolite_core.ground.errors import ArtifactError, InputError, MissingDependencyError
from neurolite_core.ground.extras import require
from neurolite_core.ground.files import read_limited, require_writable, write_atomically


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


def test_a_missing_dependency_names_its_command() -> None:
    with pytest.raises(MissingDependencyError, match=r"pip install 'neurolite\[export\]'"):
        require("no_such_module_anywhere", extra="export")
