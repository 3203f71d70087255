"""ONNX Runtime Web, which runs .onnx files in a page: taken from npm by version and digest, and kept in the cache.

Of its 14 MB the wheel has nothing: who wants it asks for it once.
"""

from __future__ import annotations

import hashlib
import io
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from neurolite_core.ground.errors import InputError, MissingDependencyError
from neurolite_core.ground.files import require_writable, write_atomically
from neurolite_runtimes.native_library import library_path

PACKAGE: Final = "onnxruntime-web"
VERSION: Final = "1.30.0"
SHA256: Final = "d2228df7e4616bc3348bf504ee888f3bec43789a273f0a63f3e68d203ce3bf71"  # of npm's file
# What a page with one thread and no GPU loads of it: name -> SHA-256.
FILES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ort.wasm.min.mjs": "219e6a1fc8a9938268d18efca3c91d310bd2f4a59bbd13744df5b2b7fc6cee3b",
        "ort-wasm-simd-threaded.mjs": "e13f7f94fc51b4ca72b12faeb1ee95f4ace6dfbc8939bc718aabdc0a27c4299b",
        "ort-wasm-simd-threaded.wasm": "3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2",
    }
)
FETCH: Final = "neurolite-demo --fetch-onnxruntime-web"
_FOLDER: Final = "package/dist"
_SECONDS: Final = 600


def kept_folder() -> Path:
    """Where it is kept: beside the native library.

    Raises:
        NeuroLiteError: there is no home.
    """
    return library_path().parent / f"{PACKAGE}-{VERSION}"


def kept_files() -> dict[str, Path]:
    """Its files by name; none where it was not fetched, or is not what was fetched."""
    found = {name: kept_folder() / name for name in FILES}
    whole = all(
        path.is_file() and _digest(path.read_bytes()) == FILES[name] for name, path in found.items()
    )
    return found if whole else {}


def fetch() -> list[Path]:
    """Takes it from npm's registry, whatever that is on this machine.

    Returns:
        The files.

    Raises:
        MissingDependencyError: npm is not installed.
        InputError: it could not be had, or is not what it should be.
    """
    if shutil.which("npm") is None:
        raise MissingDependencyError(
            f"npm is not installed. Install it: apt-get install npm, then {FETCH}"
        )
    folder = kept_folder()
    require_writable(folder)
    with tempfile.TemporaryDirectory(prefix="neurolite-npm-") as work:
        content = _packed(Path(work))
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
        for name, digest in FILES.items():
            member = archive.extractfile(f"{_FOLDER}/{name}")
            data = b"" if member is None else member.read()
            if _digest(data) != digest:
                raise InputError(
                    f"{name} of {PACKAGE} {VERSION} is not the file that this release knows."
                )
            write_atomically(folder / name, data)
    return [folder / name for name in FILES]


def _packed(work: Path) -> bytes:
    """npm's file, of which no script is run."""
    command = ["npm", "pack", f"{PACKAGE}@{VERSION}", "--ignore-scripts", "--silent"]
    done = subprocess.run(  # noqa: S603
        command, cwd=work, capture_output=True, text=True, check=False, timeout=_SECONDS
    )
    files = list(work.glob("*.tgz"))
    if done.returncode != 0 or len(files) != 1:
        said = " ".join(done.stderr.split())[-300:]
        raise InputError(f"npm cannot get {PACKAGE} {VERSION}: {said or 'it said nothing'}")
    content = files[0].read_bytes()
    if _digest(content) != SHA256:
        raise InputError(
            f"npm gave another {PACKAGE} {VERSION} than this release knows: its SHA-256 is {_digest(content)}."
        )
    return content


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
