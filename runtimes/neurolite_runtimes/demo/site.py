"""The page with its models as a set of files: what ``neurolite-demo`` serves, and what ``--out`` writes to a folder."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from neurolite_core.ground.errors import InputError
from neurolite_core.ground.files import require_writable, write_atomically
from neurolite_runtimes.demo.artifacts import Artifact, Model, uses_of
from neurolite_runtimes.demo.onnxruntime_web import FETCH, PACKAGE, kept_files
from neurolite_runtimes.demo.places import MODULE, page_files, wasm_files

LOCAL: Final = "local"  # engine of the page for what its server answers
SITE: Final = "site.json"
_FAST: Final = "-simd.wasm"  # the build that all browsers since 2023 take
_IMPORT: Final = re.compile(r'from "\./([a-z_]+\.js)"')
_ENGINES: Final = ("c", "onnx")  # formats that a page can run, and its engines for them
_OWN_WAY: Final = ("index.html", "sw.js")  # the browser keeps these by other addresses
_SUFFIXES: Final = {"c": "nlm", "onnx": "onnx"}


@dataclass(frozen=True, slots=True)
class Site:
    """All files of the page.

    Attributes:
        files: address -> a file, or its content.
        answers: address -> what answers texts there, of models that the page cannot run itself.
        missing: what the page has to do without, and how to get it; empty where it has all.
    """

    files: Mapping[str, Path | bytes]
    answers: Mapping[str, Artifact]
    missing: str

    def content(self, address: str) -> bytes | None:
        """Of an address; None where there is nothing."""
        found = self.files.get(address)
        return found.read_bytes() if isinstance(found, Path) else found


def site_of(models: Sequence[Model]) -> Site:
    """The page for some models.

    Args:
        models: of ``models_of``.

    Raises:
        InputError: the page's files are not installed.
    """
    page = page_files()
    wasm, no_wasm = wasm_files() if any("c" in model.artifacts for model in models) else ({}, "")
    wants_onnx = any("onnx" in model.artifacts for model in models)
    onnx = {f"{PACKAGE}/{name}": path for name, path in kept_files().items()} if wants_onnx else {}
    no_onnx = (
        "" if onnx or not wants_onnx else f"ONNX Runtime Web is not here. Get it with: {FETCH}"
    )
    engines = [name for name, there in zip(_ENGINES, (wasm, onnx), strict=True) if there]
    files: dict[str, Path | bytes] = {**page, **wasm, **onnx}
    answers: dict[str, Artifact] = {}
    rows = [_row(model, engines, files, answers) for model in models]
    uses = uses_of(models)
    missing = " ".join(text for text in (no_wasm, no_onnx) if text)
    described = {
        "version": version("neurolite"),
        "shell": [name for name in (*page, *wasm) if name not in _OWN_WAY],
        "models": [row | {"uses": uses[row["name"]]} for row in rows],
        "engines": _sizes(files, wasm, onnx, has_local=bool(answers)),
        **({"missing": missing} if missing else {}),
    }
    files[SITE] = json.dumps(described, ensure_ascii=False).encode()
    return Site(files, answers, missing)


def write_site(site: Site, folder: Path) -> list[Path]:
    """Writes the page to a folder that any server of files can serve.

    Returns:
        The files.

    Raises:
        InputError: a model of it needs Python to answer, or the folder cannot be written.
    """
    if site.answers:
        names = ", ".join(artifact.path.name for artifact in site.answers.values())
        raise InputError(
            f"A page without a server cannot run {names}. {site.missing or 'Give .nlm or .onnx files.'}"
        )
    written = []
    for address in site.files:
        path, content = folder / address, site.content(address)
        require_writable(path.parent)
        write_atomically(path, content or b"")
        written.append(path)
    return written


def _row(
    model: Model,
    engines: Sequence[str],
    files: dict[str, Path | bytes],
    answers: dict[str, Artifact],
) -> dict[str, Any]:
    """A model for the page; its files go into ``files``, and what only Python can run into ``answers``."""
    rows: dict[str, Any] = {}
    for name in engines:
        if (artifact := model.artifacts.get(name)) is not None:
            address = f"models/{model.name}.{_SUFFIXES[name]}"
            files[address] = artifact.path
            digest = hashlib.sha256(artifact.path.read_bytes()).hexdigest()
            rows[name] = {"path": address, "bytes": artifact.size(), "sha256": digest}
    if not rows:
        artifact = next(iter(model.artifacts.values()))
        described, address = f"models/{model.name}.json", f"answers/{model.name}"
        about = {"metadata": artifact.metadata.to_json(), "runtime": artifact.session.runtime}
        files[described] = json.dumps(about, ensure_ascii=False).encode()
        answers[address] = artifact
        rows[LOCAL] = {"path": described, "bytes": artifact.size(), "answers": address}
    return {"name": model.name, "title": model.metadata.name, "files": rows}


def _sizes(
    files: Mapping[str, Path | bytes],
    wasm: Mapping[str, Path],
    onnx: Mapping[str, Path],
    *,
    has_local: bool,
) -> dict[str, dict[str, int]]:
    """Bytes of each engine that there is, the first to be taken first."""
    fast = [path for address, path in wasm.items() if address.endswith(_FAST)]
    sizes = {
        "c": _sum([*fast, *_imported(files, f"{MODULE}/neurolite.js")]) if fast else 0,
        "onnx": _sum(list(onnx.values())),
    }
    found = {name: {"bytes": size} for name, size in sizes.items() if size}
    return found | ({LOCAL: {"bytes": 0}} if has_local else {})


def _imported(files: Mapping[str, Path | bytes], address: str) -> list[Path]:
    """A script and all that it imports from its folder."""
    found: dict[str, Path] = {}
    waiting = [address]
    while waiting:
        path = files.get(waiting.pop())
        if isinstance(path, Path) and path.name not in found:
            found[path.name] = path
            waiting += [f"{MODULE}/{name}" for name in _IMPORT.findall(path.read_text("utf-8"))]
    return list(found.values())


def _sum(parts: Sequence[Path | bytes]) -> int:
    return sum(part.stat().st_size if isinstance(part, Path) else len(part) for part in parts)
