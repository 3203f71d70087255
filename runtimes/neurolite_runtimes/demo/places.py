"""Where the parts of the page lie: in the package, a checkout or the cache; some are made when they are asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from neurolite_core.ground.errors import InputError, NeuroLiteError
from neurolite_runtimes.native_build import source_folder
from neurolite_runtimes.native_library import library_path
from neurolite_runtimes.wasm_build import BUILDS, build_wasm, web_folder

CARRIED: Final = Path(__file__).resolve().parent.parent / "carried"
MODULE: Final = "neurolite"  # folder of the page for what runs models
_PARTS: Final = ("index.html", "style.css", "icon.svg", "manifest.webmanifest", "sw.js")
_SOURCES: Final = "*.[chj]*"  # of C, and of JavaScript


def page_folder() -> Path:
    """The page's own files: inside an installed package, or in a checkout.

    Raises:
        InputError: they are not there.
    """
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "page", package.parent.parent / "web-demo"):
        if (folder / "index.html").is_file():
            return folder
    raise InputError(
        "The page is not installed. Install the package again: pip install -U neurolite"
    )


def page_files() -> dict[str, Path]:
    """Files of the page, by their address in it."""
    folder, web = page_folder(), web_folder()
    own = [folder / name for name in _PARTS] + sorted((folder / "app").rglob("*.js"))
    found = {path.relative_to(folder).as_posix(): path for path in own}
    return found | {f"{MODULE}/{path.name}": path for path in sorted(web.glob("*.js"))}


def wasm_files() -> tuple[Mapping[str, Path], str]:
    """The C runtime as WebAssembly, by its address in the page; or nothing, and why not.

    It is what the wheel carries, or what was compiled here before, or is compiled now.
    """
    for folder in (CARRIED, *_built()):
        if all((folder / name).is_file() for name in BUILDS):
            return {f"{MODULE}/{name}": folder / name for name in BUILDS}, ""
    try:
        folder = _built()[0]
        build_wasm(folder)
    except (NeuroLiteError, IndexError) as error:
        return {}, f"The C runtime is not compiled for pages: {error}"
    return {f"{MODULE}/{name}": folder / name for name in BUILDS}, ""


def _built() -> list[Path]:
    """The folder for sources of these bytes; none where there is no home."""
    try:
        base = library_path().parent
    except NeuroLiteError:
        return []
    digest = hashlib.sha256()
    for folder in (source_folder() / "src", source_folder() / "include", web_folder()):
        for path in sorted(folder.rglob(_SOURCES)):
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return [base / f"web-{digest.hexdigest()[:16]}"]
