"""Packages: folders that are read, written and hashed as one artifact."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from neurolite_core.artifact.package import Package, digest_of, read_content, size_of, write_content
from neurolite_core.ground.errors import ArtifactError, InputError

PACKAGE = Package({"Manifest.json": b"{}", "Data/b.bin": b"\0\1", "Data/a.bin": b"x" * 100})


def test_both_ways(tmp_path: Path) -> None:
    path = tmp_path / "new" / "model.mlpackage"
    write_content(path, PACKAGE)
    assert read_content(path, 1000) == PACKAGE
    assert size_of(PACKAGE) == 104
    assert [item.name for item in path.parent.iterdir()] == ["model.mlpackage"]


def test_an_older_package_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "model.mlpackage"
    write_content(path, Package({"old.bin": b"old"}))
    write_content(path, PACKAGE)
    assert read_content(path, 1000) == PACKAGE
    assert len(list(tmp_path.iterdir())) == 1


def test_a_package_that_cannot_be_replaced_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model.mlpackage"
    old = Package({"old.bin": b"old"})
    write_content(path, old)
    rename = Path.rename

    def full(self: Path, target: Path) -> Path:
        if self.name == "new":
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", full)
    with pytest.raises(InputError, match="No space left"):
        write_content(path, PACKAGE)
    assert read_content(path, 1000) == old
    assert [item.name for item in tmp_path.iterdir()] == ["model.mlpackage"]


def test_digest_is_what_the_shell_gives(tmp_path: Path) -> None:
    write_content(tmp_path / "p", PACKAGE)
    command = "find * -type f | LC_ALL=C sort | xargs sha256sum | sha256sum"
    done = subprocess.run(
        ["bash", "-c", command], cwd=tmp_path / "p", capture_output=True, text=True, check=True
    )
    assert done.stdout.split()[0] == digest_of(PACKAGE)


def test_limits(tmp_path: Path) -> None:
    write_content(tmp_path / "p", PACKAGE)
    with pytest.raises(ArtifactError, match="at most"):
        read_content(tmp_path / "p", 50, ArtifactError)
    many = tmp_path / "many"
    many.mkdir()
    for number in range(300):
        (many / str(number)).touch()
    with pytest.raises(ArtifactError, match="not a model package"):
        read_content(many, 50, ArtifactError)


@pytest.mark.parametrize("name", ["../outside", "/absolute", "a/../../b", ""])
def test_paths_stay_inside(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="inside the package"):
        write_content(tmp_path / "p", Package({name: b""}))
    assert list(tmp_path.iterdir()) == []
