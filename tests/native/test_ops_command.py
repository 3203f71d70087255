"""``neurolite-ops``: builds, reports, and refuses in one line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from neurolite_core.ground.errors import InputError
from neurolite_core.hashing.words import WordIndices, hash_words
from neurolite_runtimes import native_build
from neurolite_runtimes.native_cli import app
from neurolite_runtimes.native_library import FOLDER_VARIABLE, NativeLibrary, library_path


def call(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, arguments)
    return result.exit_code, result.output


def test_status_of_a_library(native_in_use: NativeLibrary) -> None:
    code, output = call("status", "--json")
    assert code == 0
    facts = json.loads(output)
    assert facts["path"] == str(native_in_use.path)
    assert facts["instruction_set"] == native_in_use.instruction_set
    assert call("status")[1].startswith("in use: ")


def test_status_without_a_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    code, output = call("status")
    assert code == 1
    assert "neurolite-ops build" in output
    assert json.loads(call("status", "--json")[1])["usable"] is False


def test_headers_that_are_none(tmp_path: Path) -> None:
    code, output = call("build", "--headers", str(tmp_path))
    assert code == 2
    assert "has no onnxruntime_c_api.h" in output


def test_missing_tools_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "ops"))
    monkeypatch.setenv("PATH", str(tmp_path))
    code, output = call("build")
    assert code == 2
    assert "pip install cmake" in output


def test_a_failing_compiler_installs_nothing(
    library: NativeLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "ops"))
    monkeypatch.setenv("CC", "/bin/false")
    code, output = call("build")
    assert code == 2
    assert "failed" in output
    assert output.count("\n") == 1
    assert (tmp_path / "ops" / "build.log").is_file()
    assert not library_path().exists()


def test_a_missing_header_names_the_ways_out(
    library: NativeLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if any(
        next(Path(place).glob("onnxruntime*"), None)
        for place in ("/usr/include", "/usr/local/include")
    ):
        pytest.skip("the system has onnxruntime's header where CMake finds it")
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "ops"))
    monkeypatch.setenv("NEUROLITE_ORT_INCLUDE", str(tmp_path))
    elsewhere = tmp_path / "sources" / "native"  # away from build/ort-headers
    shutil.copytree(native_build.source_folder(), elsewhere)
    monkeypatch.setattr(native_build, "source_folder", lambda: elsewhere)
    code, output = call("build")
    assert code == 2
    assert "--fetch-headers" in output
    assert output.count("\n") == 1


def test_a_library_that_computes_wrongly_is_not_installed(
    library: NativeLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(native_build, "_TRIAL_TEXTS", (b"one two",))
    native_build._try(library)

    def shifted(texts: tuple[bytes, ...], *, num_hashes: int, table_size: int) -> WordIndices:
        return hash_words(texts, num_hashes=num_hashes, table_size=table_size - 1)

    monkeypatch.setattr(native_build, "hash_words", shifted)
    with pytest.raises(InputError, match="not installed"):
        native_build._try(library)


@pytest.mark.parametrize(
    ("platform", "name"),
    [("linux", "libneurolite.so"), ("darwin", "libneurolite.dylib"), ("win32", "neurolite.dll")],
)
def test_the_folder_of_each_system(
    platform: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    monkeypatch.setattr("sys.platform", platform)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert library_path().name == name
    assert library_path().is_relative_to(tmp_path)
