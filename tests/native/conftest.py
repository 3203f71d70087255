"""The native library and the files it runs, built once a session; skips by name what cannot be built."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from native.tools import NATIVE, build_preset, ort_headers
from neurolite_export.exporting import export
from neurolite_export.probes import built_in_probes
from neurolite_export.source import seeded_source
from neurolite_export.targets.onnx.target import OnnxTarget, StringOnnxTarget
from neurolite_runtimes.native_build import build_library
from neurolite_runtimes.native_library import FOLDER_VARIABLE, NativeLibrary


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NativeLibrary]:
    """This machine's library, built as `neurolite-ops build` does, into a folder of its own."""
    for tool in ("cmake", "cc"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} absent: the native library cannot be built")
    headers = ort_headers()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FOLDER_VARIABLE, str(tmp_path_factory.mktemp("ops")))
        yield build_library(headers=headers)


@pytest.fixture
def native_in_use(library: NativeLibrary, monkeypatch: pytest.MonkeyPatch) -> NativeLibrary:
    """Sessions find the library by themselves."""
    monkeypatch.setenv(FOLDER_VARIABLE, str(library.path.parent))
    return library


@pytest.fixture(scope="session")
def tiny_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """tiny int8 with seeded weights, taking bytes."""
    folder = tmp_path_factory.mktemp("bytes")
    return export(seeded_source("tiny", 0), OnnxTarget(), "int8", folder, built_in_probes()).path


@pytest.fixture(scope="session")
def string_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same model, taking strings."""
    folder = tmp_path_factory.mktemp("strings")
    target = StringOnnxTarget()
    return export(seeded_source("tiny", 0), target, "int8", folder, built_in_probes()).path


@pytest.fixture(scope="session")
def linux_aarch64_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library for 64-bit ARM Linux."""
    return build_preset("linux-aarch64", tmp_path_factory.mktemp("linux-aarch64"))


@pytest.fixture(scope="session")
def android_aarch64_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library for 64-bit Android, which needs nothing of Android and so runs on Linux too."""
    return build_preset("android-arm64-v8a", tmp_path_factory.mktemp("android-arm64"))


def pytest_report_header() -> list[str]:
    """Says where the sources are, so that a run of an installed package is seen."""
    return [f"native sources: {NATIVE}"]
