"""Core AI assets as a library opens them: by content, checked before Apple's code sees them, answered by it."""

from __future__ import annotations

import asyncio
import gc
import json
import random
import shutil
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from agreement import check_answers_of_two
from artifacts import Store
from commands import call_command
from neurolite_core.artifact.formats import aimodel
from neurolite_core.artifact.package import Package, read_content, write_content
from neurolite_core.artifact.seal import Seal
from neurolite_core.ground.errors import ArtifactError, MissingDependencyError
from neurolite_runtimes import open_artifact, run
from neurolite_runtimes.coreai_session import CoreAISession

SOURCE = Path("model.aimodel")
METADATA = "metadata.json"


@pytest.fixture(scope="module")
def path(exported: Store) -> Path:
    return exported("coreai", "two", "float32").path


@pytest.fixture(scope="module")
def package(path: Path) -> Package:
    content = read_content(path, 2**29)
    assert isinstance(content, Package)
    return content


@torch.no_grad()
def test_answers_as_the_reference_model(path: Path, tmp_path: Path) -> None:
    anonymous = tmp_path / "no-name"
    shutil.copytree(path, anonymous)
    session = open_artifact(anonymous)
    check_answers_of_two(session)
    assert not session.is_reference
    assert session.sealed
    assert session.runtime.startswith("Core AI on ")
    assert session.settings == {"compute units": "CPU, not a phone's"}


def test_it_answers_inside_a_running_event_loop(path: Path) -> None:
    session = open_artifact(path)

    async def ask() -> list[int]:
        return list(run(session, ["book a table", "x"]).words)

    assert asyncio.run(ask()) == [3, 1]


def test_nothing_is_left_of_a_session(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    gc.collect()
    before = threading.active_count()
    session = open_artifact(path)
    assert list(tmp_path.iterdir())
    run(session, ["x"])
    del session
    gc.collect()
    assert threading.active_count() == before
    assert not list(tmp_path.iterdir())


def test_an_asset_runs_from_the_command_line(path: Path, tmp_path: Path) -> None:
    done = call_command("neurolite-run", path, "Book a table", cwd=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    assert b"ODIE" not in done.stderr  # which the runtime says of itself
    assert json.loads(done.stdout)["words"] == 3


def test_no_changed_asset_is_opened(package: Package) -> None:
    assert aimodel.seal_of(package) is Seal.WHOLE
    rng = random.Random(4)
    for number in range(300):
        name = rng.choice(sorted(package.files))
        data = bytearray(package.files[name])
        at = rng.randrange(len(data))
        if number % 3:
            data[at] ^= 1 << rng.randrange(8)
        else:
            del data[at:]
        with pytest.raises(ArtifactError):
            CoreAISession(Package({**package.files, name: bytes(data)}), SOURCE)
    for files in ({**package.files, "more": b""}, dict(list(package.files.items())[:-1])):
        with pytest.raises(ArtifactError):
            CoreAISession(Package(files), SOURCE)


def changed(package: Package, name: str, data: bytes) -> Package:
    return Package({**package.files, name: data})


def metadata_with(package: Package, old: bytes, new: bytes) -> Package:
    data = package.files[METADATA]
    assert old in data
    return aimodel.seal(changed(package, METADATA, data.replace(old, new)))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda p: aimodel.seal(changed(p, "more.odix", b"x")), "has the file 'more.odix'"),
        (
            lambda p: Package({**p.files, "main.hash": bytes(32)}),
            "is not the SHA-256 of main.mlirb",
        ),
        (lambda p: aimodel.seal(changed(p, "main.mlirb", b"#!/bin/sh")), "no bytecode of MLIR"),
        (lambda p: changed(p, METADATA, b'{"assetVersion": '), "metadata.json is damaged"),
        (
            lambda p: changed(p, METADATA, b'{"assetVersion": "2.0"}'),
            "was not exported by neurolite-export",
        ),
        (
            lambda p: changed(p, METADATA, b'{"creatorDefinedMetadata": {"neurolite": 7}}'),
            "is no text",
        ),
        (
            lambda p: metadata_with(p, rb"\"schema_version\":2", rb"\"schema_version\":3"),
            "schema_version 3",
        ),
        (
            lambda p: metadata_with(p, rb"\"num_bytes\":192", rb"\"num_bytes\":193"),
            "cannot read it",
        ),
        (
            lambda p: metadata_with(
                p, rb"[\"logits\",\"embedding\"]", rb"[\"logits\",\"embeddinG\"]"
            ),
            "are not what its metadata says",
        ),
    ],
)
def test_foreign_and_hostile_assets(
    package: Package, spoil: Callable[[Package], Package], message: str, tmp_path: Path
) -> None:
    folder = tmp_path / "x.aimodel"
    write_content(folder, spoil(package))
    with pytest.raises(ArtifactError, match=message):
        open_artifact(folder, unsealed=True)


def test_links_are_refused(path: Path, tmp_path: Path) -> None:
    folder = tmp_path / "x.aimodel"
    shutil.copytree(path, folder)
    (folder / "main.hash").unlink()
    (folder / "main.hash").symlink_to(path / "main.hash")
    with pytest.raises(ArtifactError, match="is a link"):
        open_artifact(folder)


def test_a_missing_runtime_is_named(package: Package, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "coreai.authoring", None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'neurolite\[coreai\]'"):
        CoreAISession(package, SOURCE)


def test_a_file_is_no_asset() -> None:
    with pytest.raises(ArtifactError, match="a Core AI asset is a folder"):
        CoreAISession(b"ML\xefR", SOURCE)
