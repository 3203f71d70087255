"""Packages: folders that are read, written and hashed as one artifact."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from neurolite_core.artifact.package import Package, digest_of, read_content, size_of, write_content
from neurolite_core.ground.errors import ArtifactError, InputError
from neurolite_core.ground.files import read_limited

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


def test_links_pipes_and_deep_folders_are_refused(tmp_path: Path) -> None:
    write_content(tmp_path / "p", PACKAGE)
    link = tmp_path / "p" / "Data" / "x"
    link.symlink_to("/etc/passwd")
    with pytest.raises(ArtifactError, match=r"'Data/x' is a link"):
        read_content(tmp_path / "p", 10_000, ArtifactError)
    link.unlink()
    os.mkfifo(link)
    with pytest.raises(ArtifactError, match="is a pipe; give a regular file"):
        read_content(tmp_path / "p", 10_000, ArtifactError)
    link.unlink()
    (tmp_path / "p" / "/".join("abcdefghij")).mkdir(parents=True)
    with pytest.raises(ArtifactError, match="over 8 folders"):
        read_content(tmp_path / "p", 10_000, ArtifactError)


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/random", "/dev/null"])
def test_devices_are_refused(path: str) -> None:
    with pytest.raises(ArtifactError, match="is a device; give a regular file"):
        read_content(Path(path), 100, ArtifactError)


def test_a_file_that_does_not_say_its_size_is_read_up_to_the_limit() -> None:
    status = Path("/proc/self/status")
    if not status.is_file():
        pytest.skip("/proc absent")
    assert b"VmPeak" in read_limited(status, 100_000)
    with pytest.raises(ArtifactError, match="at most 100 bytes"):
        read_limited(status, 100, ArtifactError)


@pytest.mark.parametrize("name", ["../outside", "/absolute", "a/../../b", ""])
def test_paths_stay_inside(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="inside the package"):
        write_content(tmp_path / "p", Package({name: b""}))
    assert list(tmp_path.iterdir()) == []
