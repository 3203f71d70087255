"""The native library and the files it runs, built once a session; skips by name what cannot be built."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from artifacts import Store
from native.tools import NATIVE, build_model_library, build_preset, ort_headers, run
from neurolite_runtimes.native_build import build_library
from neurolite_runtimes.native_library import (
    FOLDER_VARIABLE,
    NativeLibrary,
    library_path,
    load_library,
)
from neurolite_runtimes.nlm_library import ModelLibrary, load_model_library


@pytest.fixture(scope="session")
def library(exported: Store) -> Iterator[NativeLibrary]:
    """This machine's library, built as `neurolite-ops build` does, into a folder of the session's own."""
    for tool in ("cmake", "cc"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} absent: the native library cannot be built")
    headers = ort_headers()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FOLDER_VARIABLE, str(exported.folder / "ops"))
        with exported.locked("ops"):
            found = load_library() if library_path().is_file() else build_library(headers=headers)
        yield found


@pytest.fixture
def native_in_use(library: NativeLibrary, monkeypatch: pytest.MonkeyPatch) -> NativeLibrary:
    """Sessions find the library by themselves."""
    monkeypatch.setenv(FOLDER_VARIABLE, str(library.path.parent))
    return library


@pytest.fixture(scope="session")
def tiny_file(tiny_int8: Path) -> Path:
    """tiny int8 with seeded weights, taking bytes."""
    return tiny_int8


@pytest.fixture(scope="session")
def string_file(exported: Store) -> Path:
    """The same model, taking strings."""
    return exported("onnx-string", "tiny", "int8").path


@pytest.fixture(scope="session")
def built_preset(exported: Store) -> Callable[[str], Path]:
    """The library of a preset of CMakePresets.json, for another machine; each is built once."""

    def build(preset: str) -> Path:
        folder = exported.folder / f"native-{preset}"
        with exported.locked(folder.name):
            done = folder / "libneurolite.so"
            return done if done.is_file() else build_preset(preset, folder)

    return build


@pytest.fixture(scope="session")
def built_model_library(exported: Store) -> Callable[[str], Path]:
    """The library of models for a triple, or for this machine (none); each is built once."""

    def build(triple: str) -> Path:
        folder = exported.folder / f"model-library-{triple or 'here'}"
        with exported.locked(folder.name):
            done = [*folder.glob("libneurolite_model.*")]
            return done[0] if done else build_model_library(triple, folder)

    return build


def pytest_report_header() -> list[str]:
    """Says where the sources are, so that a run of an installed package is seen."""
    return [f"native sources: {NATIVE}"]


@pytest.fixture(scope="module")
def model_library(
    built_model_library: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> ModelLibrary:
    """As CMake builds it, without ONNX Runtime's header, with its digest beside it."""
    built = tmp_path_factory.mktemp("model") / "libneurolite_model.so"
    built.write_bytes(built_model_library("").read_bytes())
    digest = run(["sha256sum", built.name], built.parent)
    built.with_name(f"{built.name}.sha256").write_text(digest, "utf-8")
    return load_model_library(built)
