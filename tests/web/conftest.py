"""The module for pages and node, built once a session; skips by name what cannot be built."""

from __future__ import annotations

from pathlib import Path

import pytest

from artifacts import Store
from native.tools import need
from neurolite_runtimes.wasm_build import BUILDS, build_wasm


@pytest.fixture(scope="session")
def module(exported: Store) -> Path:
    """The folder that ``neurolite-ops build --wasm`` makes."""
    need("clang")
    need("wasm-ld")
    folder = exported.folder / "web"
    with exported.locked("web"):
        if not all((folder / name).is_file() for name in BUILDS):
            build_wasm(folder)
    return folder
