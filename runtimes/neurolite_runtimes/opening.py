"""Opens an artifact by its content, never by its name; a new runtime is a file and a row here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from neurolite_core.errors import ArtifactError
from neurolite_core.files import read_limited
from neurolite_core.validation import require_range
from neurolite_runtimes.onnx_session import OnnxSession
from neurolite_runtimes.session import Session

FILE_LIMIT: Final = 2**29
MAX_THREADS: Final = 1024
_LAST_IR_VERSION: Final = 64


@dataclass(frozen=True, slots=True)
class Runtime:
    """How one file format is recognised and opened."""

    name: str
    recognises: Callable[[bytes], bool]
    open: Callable[[bytes, Path, int], Session]


def _is_onnx(content: bytes) -> bool:
    """A ModelProto begins with field 1, the IR version, as a small varint."""
    return len(content) > 2 and content[0] == 0x08 and 1 <= content[1] <= _LAST_IR_VERSION


def _open_onnx(content: bytes, source: Path, threads: int) -> Session:
    return OnnxSession(content, source, threads=threads)


RUNTIMES: Final = (Runtime("onnx", _is_onnx, _open_onnx),)


def open_artifact(path: str | Path, *, threads: int = 1) -> Session:
    """Opens an exported file.

    Args:
        path: the file.
        threads: for the runtime; 1 suits models this small, 0 lets the runtime take all cores.

    Raises:
        ArtifactError: missing, damaged, foreign, or of a newer version.
        MissingDependencyError: the file's runtime is not installed.
    """
    require_range("threads", threads, 0, MAX_THREADS)
    path = Path(path)
    content = read_limited(path, FILE_LIMIT, ArtifactError)
    for runtime in RUNTIMES:
        if runtime.recognises(content):
            return runtime.open(content, path, threads)
    known = ", ".join(runtime.name for runtime in RUNTIMES)
    what = "is empty" if not content else "is not a model file of a known format"
    raise ArtifactError(
        f"{path} {what} ({known}). Make one with: neurolite-export --size tiny --int8"
    )
